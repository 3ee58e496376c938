// SPDX-License-Identifier: MIT
//
// Writes a JSON value in the bytes that json_dumps(JSON_INDENT(2) | JSON_SORT_KEYS |
// JSON_REAL_PRECISION(precision)) of jansson gives, several times as fast. Private to render. Pure.
// Thread: any; the value is only read.
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stddef.h>

void json_write(json_t *value, size_t precision, struct buf *out);

// The same, with compact JSON texts (json_layout.h) as the elements of `place`, an array in `value`
// that is empty.
struct json_texts {
    const json_t *place;
    const char *const *texts;
    size_t count;
};
void json_write_with(json_t *value, size_t precision, const struct json_texts *texts,
                     struct buf *out);

// A new line, indented for what lies in `depth` containers.
void json_write_line_end(struct buf *out, size_t depth);
