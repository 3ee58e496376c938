// SPDX-License-Identifier: MIT
//
// Numbers of a JSON text that jansson cannot hold exactly, kept as wide numbers (value.h): they are
// found before the text is parsed, jansson sees a 0 of the same length in their place, and
// afterwards the tree gets them back. Thread: its owner's.
#pragma once

#include <jansson.h>
#include <stddef.h>

struct document_number {
    size_t ordinal; // how many numbers stand before it in the text
    size_t offset;
    size_t len;
};

struct document_numbers {
    struct document_number *items; // those that are wide, in the order of the text
    size_t count;
    size_t capacity;
    size_t seen; // numbers of the text, wide or not
};

// Takes note of the number that begins at text[at] and returns where it ends.
size_t document_numbers_add(struct document_numbers *numbers, const char *text, size_t len,
                            size_t at);
void document_numbers_deinit(struct document_numbers *numbers);

// A copy of the text in which each wide number is 0 and blanks; mem_free.
char *document_numbers_mask(const struct document_numbers *numbers, const char *text, size_t len);
// Puts the wide numbers of `text` in their places in the tree that was parsed from its masked copy.
void document_numbers_restore(const struct document_numbers *numbers, const char *text,
                              json_t **root);
