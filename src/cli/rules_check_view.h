// SPDX-License-Identifier: MIT
//
// What `packreport rules check` found, in the forms that it is printed in. Private to cli. Thread:
// main.
#pragma once

#include "eval/lint.h"

#include <jansson.h>

struct rules_checked {
    const struct lint_findings *findings;
    size_t files;
    size_t rules;
    bool has_inventory;
    uint64_t records;
};

// One line for each finding, as compilers write them, and a sum; in colour on a terminal.
void rules_check_print_text(const struct rules_checked *checked);

// A new reference.
json_t *rules_check_json(const struct rules_checked *checked);

// SARIF 2.1.0 (OASIS Standard, 2020-03-27): one run with its tool, rules, results with regions and
// fingerprints that do not change when lines move. A new reference.
json_t *rules_check_sarif(const struct rules_checked *checked);
