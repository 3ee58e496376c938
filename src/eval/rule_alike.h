// SPDX-License-Identifier: MIT
//
// Whether two rules judge alike. Pure. Thread: any.
#pragma once

#include "domain/rule.h"

#include <stdbool.h>

// Same condition or policy with its parameters, same resource types, scope and `missing`, each as
// written: rules that are alike give every resource the same outcome with the same evidence. Rules
// that are not may do so, too. Neither is broken.
bool rule_is_alike(const struct rule *a, const struct rule *b);
