// SPDX-License-Identifier: MIT
//
// JSON values as the operators see them: as text, and as evidence. Pure. Thread: any.
//
// jansson holds integers of 64 bits and doubles. A number of a document that is neither (beyond 64
// bits, or with more digits than a double keeps) becomes a wide number: a jansson string of the
// byte 0xff, which no text of a document can hold, and the digits as they were written. So whoever
// looks at values asks here, not jansson, what is a text and what a number.
#pragma once

#include "base/buf.h"
#include "decimal.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

json_t *value_wide_number(const char *digits, size_t len); // a new reference
bool value_is_text(const json_t *value);                   // NULL is none
bool value_is_number(const json_t *value);                 // NULL is none

// A text, a number or a boolean as text. `bytes` borrows from the value or points into `storage`,
// so the struct is not copied.
struct value_text {
    const char *bytes;
    size_t len;
    char storage[DECIMAL_TEXT_BYTES];
};

// False for null, an array and an object, which have no text.
bool value_as_text(const json_t *value, struct value_text *text_out);

// "a number", "an array", … for messages.
const char *value_type_text(const json_t *value);

// Fill an empty buffer of evidence. What does not fit its limit is cut: the longest start that ends
// between two characters and leaves room for "…", then "…".
//
// A text as it is.
void value_quote(struct buf *out, const char *text, size_t len);
// A text as it is, any other value as compact JSON. The depth of the value bounds the recursion.
void value_render(struct buf *out, json_t *value);
// A compact JSON array of the values.
void value_render_list(struct buf *out, json_t *const *values, size_t count);
