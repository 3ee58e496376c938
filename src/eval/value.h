// SPDX-License-Identifier: MIT
//
// JSON values as the operators see them: as text, and as evidence. Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "decimal.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

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
