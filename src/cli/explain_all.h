// SPDX-License-Identifier: MIT
//
// `packreport explain` without --rule: one resource by all rules that are for its type. Private to
// cli. Thread: main.
#pragma once

#include "base/span.h"
#include "rules_load.h"

#include <stdbool.h>
#include <stdint.h>

// Prints the verdict of each rule for the resource's type, in the order of the rules: as a tree
// unless the resource is compliant, then in one line; with `is_json` as an array of what
// explain_view_json gives. Problems of broken rules go to standard error. Returns the exit status:
// CLI_BROKEN when a rule is broken, else CLI_NO when one is not compliant or none is for the type,
// or that of an error.
int explain_all(const struct rules_loaded *loaded, struct span record, int64_t as_of_ms,
                bool is_json);
