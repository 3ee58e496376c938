// SPDX-License-Identifier: MIT
//
// JSON text from outside as a jansson tree: depth bounded before the parser recurses, no member
// twice, UTF-8 checked, numbers kept exactly (value.h), and reasons in words of ours, without
// pieces of the input. Thread: any.
#pragma once

#include "base/err.h"

#include <jansson.h>
#include <stddef.h>

// Parses the whole text; any JSON value may stand at the top. The caller releases *json_out.
// ERR_INVALID with the position (bytes, from 1); ERR_LIMIT for more than LIMIT_RECORD_DEPTH levels
// or LIMIT_RECORD_BYTES.
enum err_kind document_parse(const char *text, size_t len, json_t **json_out, struct err *err);
