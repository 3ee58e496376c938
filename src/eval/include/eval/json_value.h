// SPDX-License-Identifier: MIT
//
// JSON text as the evaluation reads and writes it, for programs that run paths. Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stddef.h>

// Any JSON value: no member twice, at most LIMIT_RECORD_DEPTH levels and LIMIT_RECORD_BYTES. The
// caller releases *json_out. ERR_INVALID with the position, ERR_LIMIT.
enum err_kind json_value_parse(const char *text, size_t len, json_t **json_out, struct err *err);

// Appends a value, members in the order of the document, doubles with the fewest digits that read
// back as the same. `indent` blanks a level, 0: all on one line. The depth of the value bounds the
// recursion.
void json_value_append(struct buf *out, json_t *value, int indent);
