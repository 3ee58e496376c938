// SPDX-License-Identifier: MIT
//
// Numbers of a JSON text that jansson cannot hold exactly: it holds integers of 64 bits and
// doubles. Any other becomes a wide number: a jansson string of the byte 0xff, which no text of a
// document can hold, and the digits as they were written. Such numbers are found before the text is
// parsed, jansson sees a 0 of the same length in their place, and afterwards the tree gets them
// back. Thread: its owner's.
#pragma once

#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// NULL is none.
bool tree_is_wide_number(const json_t *json);
struct span tree_wide_digits(const json_t *wide);

struct tree_number {
    size_t ordinal; // how many numbers stand before it in the text
    size_t offset;
    size_t len;
};

struct tree_numbers {
    struct tree_number *items; // those that are wide, in the order of the text
    size_t count;
    size_t capacity;
    size_t seen;       // numbers of the text, wide or not
    size_t refused_at; // position (from 1) of one whose exponent is too long, 0: none
};

// Takes note of the number that begins at text[at] and returns where it ends. An exponent may have
// as many digits as on a tape (SCAN_EXPONENT_DIGITS).
size_t tree_numbers_add(struct tree_numbers *numbers, const char *text, size_t len, size_t at);
void tree_numbers_deinit(struct tree_numbers *numbers);

// A copy of the text in which each wide number is 0 and blanks; mem_free.
char *tree_numbers_mask(const struct tree_numbers *numbers, const char *text, size_t len);
// Puts the wide numbers of `text` in their places in the tree that was parsed from its masked copy.
void tree_numbers_restore(const struct tree_numbers *numbers, const char *text, json_t **root);

// A number of any size as a tree, a new reference.
json_t *tree_number_of(struct span digits);
