// SPDX-License-Identifier: MIT
//
// What a binding holds, for those that run or roll up by it. Thread: read-only once made.
#pragma once

#include "eval/binding.h"

// What is bound to one check item of the pack.
struct binding_item {
    size_t *rules; // indexes into the rule set, ascending, each once
    size_t rule_count;
    size_t rule_capacity;
    const struct attestation *attestation; // in force, the latest; NULL when there is none
    const struct attestation *lapsed;      // the latest that has lapsed; NULL when there is none
};

struct binding {
    struct binding_input input;
    struct binding_item *items; // one per check item of the pack
    size_t item_count;          // 0 without a pack
    bool *is_bound;             // one per rule of the set
};
