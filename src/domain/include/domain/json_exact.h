// SPDX-License-Identifier: MIT
//
// JSON text to a jansson tree in which each number is as it was written (json_number.h). Numbers
// are found before the text is parsed; jansson sees a 0 of the same length in the place of those
// that it would change, and afterwards the tree gets them back. Thread: its owner's.
#pragma once

#include "base/span.h"

#include <jansson.h>
#include <stddef.h>

// A number that jansson does not get to see.
struct json_exact_number {
    size_t ordinal; // how many numbers stand before it in the text
    size_t offset;
    size_t len;
};

// What a pass over a text has found; begins zeroed.
struct json_exact {
    struct json_exact_number *items; // in the order of the text
    size_t count;
    size_t capacity;
    size_t seen;         // numbers of the text, all
    size_t excessive_at; // position (from 1) of the first whose exponent has too many digits
                         // (json_number_is_excessive); 0: none
};

// Whether a number begins with the character, outside of texts.
static inline bool json_exact_begins(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}
// Takes note of the number that begins at text[at] and returns where it ends. What is no number of
// JSON is left for the parser to refuse.
size_t json_exact_add(struct json_exact *exact, struct span text, size_t at);
void json_exact_deinit(struct json_exact *exact);

// The tree of a text of which all numbers were added, to be released by the caller. Any JSON value,
// no member twice. NULL, and `error` (NULL: not wanted) as jansson fills it, when it is no such
// thing.
json_t *json_exact_parse(const struct json_exact *exact, struct span text, json_error_t *error);

// The pass and the parsing in one. *excessive_at_out as in struct json_exact; NULL: not wanted.
json_t *json_exact_load(struct span text, size_t *excessive_at_out, json_error_t *error);
