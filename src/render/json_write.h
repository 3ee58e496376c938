// SPDX-License-Identifier: MIT
//
// Writes a JSON value in the bytes that json_dumps(JSON_INDENT(2) | JSON_SORT_KEYS |
// JSON_REAL_PRECISION(precision)) of jansson gives, several times as fast. Private to render. Pure.
// Thread: any; the value is only read.
#pragma once

#include "base/buf.h"

#include <jansson.h>

void json_write(json_t *value, size_t precision, struct buf *out);
