// SPDX-License-Identifier: MIT
//
// What evaluator, lanes and roll-up share. Thread: as eval/evaluator.h.
#pragma once

#include "eval/evaluator.h"
#include "judge.h"
#include "record_reader.h"
#include "type_table.h"
#include "waiver_use.h"

#include <stdbool.h>
#include <stddef.h>

// What is bound to one check item of the pack.
struct plan_item {
    size_t *rules; // indexes into the rule set, ascending, each once
    size_t rule_count;
    size_t rule_capacity;
    const struct attestation *attestation; // in force, the latest; NULL when there is none
    const struct attestation *lapsed;      // the latest that has lapsed; NULL when there is none
};

// A rule that runs, with what there is to know of it. Borrowed from the rules.
struct active_rule {
    size_t index; // in the rule set
    bool is_scoped;
    const struct condition *condition; // NULL: it is a policy
    const struct clause *clause;       // the condition, when it is nothing else
};

struct evaluator {
    struct eval_input input;
    struct plan_item *items;    // one per check item of the pack
    bool *is_bound;             // one per rule of the set
    struct active_rule *active; // rules to run: bound and not broken, ascending
    size_t active_count;
    struct type_table types; // of the active rules, by their place in `active`
};

struct eval_lane {
    const struct evaluator *evaluator;
    size_t rule_count;
    // One per rule of the set, for records of its types only; the others are NOT_APPLICABLE.
    struct outcome_counts *rules;
    uint64_t *type_records; // one per type of the active rules
    size_t waiver_count;
    struct waiver_use *waivers; // one per waiver
    uint64_t records;
    uint64_t bad_lines;
    uint64_t blank_lines;
    struct evidence evidence; // of the finding that is being made
    struct record_reader reader;
    struct judge_cache cache;
    struct buf padded; // a line near the end of its block, with what a scanner wants behind it
};

// Binds rules and attestations to check items, with warnings.
void plan_bind(struct evaluator *evaluator, struct diags *diags);
