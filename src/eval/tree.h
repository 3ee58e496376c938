// SPDX-License-Identifier: MIT
//
// JSON text from outside as a jansson tree: depth bounded before the parser recurses, no member
// twice, UTF-8 checked, numbers as they were written (domain/json_exact.h), and reasons in words of
// ours, without pieces of the input. Thread: any.
#pragma once

#include "base/err.h"

#include <jansson.h>
#include <stddef.h>

// As value_parse (eval/value.h).
enum err_kind tree_parse(const char *text, size_t len, json_t **json_out, struct err *err);
