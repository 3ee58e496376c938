// SPDX-License-Identifier: MIT
//
// Templates of Huawei Config's rules (huawei-secmaster.md 4.3): "${resource().properties.status}".
//
//   expression := call path?        path := ("." name)+
//   call       := name "(" [ argument ("," argument)* ] ")"
//   argument   := expression | 'text'
//
// Names are letters, digits, '_', '-', '$', ':', '@' and what is not ASCII; blanks may stand around
// arguments. Functions: resource(), parameters('name'), contains(container, key), length(array),
// getValue(object, key). Pure. Thread: a parsed expression is read-only.
#pragma once

#include "base/err.h"

#include <stddef.h>

enum policy_function {
    POLICY_TEXT, // no call: a text in quotes
    POLICY_RESOURCE,
    POLICY_PARAMETERS,
    POLICY_CONTAINS,
    POLICY_LENGTH,
    POLICY_GET_VALUE,
};

enum { POLICY_ARGUMENTS_MAX = 2, POLICY_PATH_MAX = 32, POLICY_NESTING_MAX = 16 };

struct policy_expression {
    enum policy_function function;
    char *text; // POLICY_TEXT
    struct policy_expression *arguments[POLICY_ARGUMENTS_MAX];
    size_t argument_count;
    char *path[POLICY_PATH_MAX];
    size_t path_count;
};

// Parses what stands between "${" and "}". ERR_INVALID or ERR_LIMIT with the position (bytes, from
// 1, the "${" counted) and what would be right.
enum err_kind policy_expression_parse(const char *text, size_t len,
                                      struct policy_expression **expression_out, struct err *err);
void policy_expression_destroy(struct policy_expression **expression);
