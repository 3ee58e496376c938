// SPDX-License-Identifier: MIT
//
// Parameters of a policy_rule (huawei-secmaster.md 4.2): definitions with types and constraints in
// `parameters`, values in `parameterValues`, as a value or as {"value": …} like in an assignment.
// Everything is checked when the rule is compiled; the rule then sees constants. Thread: any.
#pragma once

#include "compile.h"

#include <jansson.h>

// Checks definitions and values, each fault a complaint. The pointer of `compile` is moved and put
// back.
void policy_parameters_check(struct compile *compile);

// The value of a parameter, borrowed from the rule: the given one, else its default. NULL when it is
// not defined or has none. `name` may come from outside.
json_t *policy_parameter(const struct rule *rule, const char *name);
