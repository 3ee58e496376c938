// SPDX-License-Identifier: MIT
//
// Which findings a change of rules would change: two rule sets judged on the same records, in one
// pass, rules of the same id held against each other. Waivers are left out: they do not depend on
// the rules. Memory does not grow with the inventory. Pure. Thread: its owner's.
#pragma once

#include "eval/evaluator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rules_diff;

// Everything is borrowed and outlives the diff.
struct rules_diff_input {
    const struct eval_rules *before;
    const struct eval_rules *after;
    const struct pack *pack; // NULL: all rules; else those that some check item of it uses
    int64_t as_of_ms;
};

struct rules_diff *rules_diff_create(const struct rules_diff_input *input);
void rules_diff_destroy(struct rules_diff **diff);

// One finding that changes. NOT_APPLICABLE stands for no finding: the rule is not there, broken, or
// does not apply. Borrowed during the call.
struct rules_diff_change {
    const char *rule_id;
    struct span resource_id;
    struct span resource_type;
    uint64_t line;
    enum outcome before;
    enum outcome after;
};

struct rules_diff_sink {
    void *context;
    void (*on_change)(void *context, const struct rules_diff_change *change);
};

// Judges the lines of a block; changes come in input order (line, then rule). What is no record is
// counted and listed in `problems`, as in evaluator_run_block.
void rules_diff_run_block(struct rules_diff *diff, const struct eval_block *block,
                          const struct rules_diff_sink *sink, struct diags *problems);

// What came of each rule so far, first those of `before` in their order, then those that only
// `after` has.
struct rules_diff_rule {
    const struct rule *before; // NULL: not there, or not used by the pack
    const struct rule *after;
    uint64_t changes[OUTCOME_COUNT]
                    [OUTCOME_COUNT]; // by outcome before and after; 0 on the diagonal
    uint64_t came;                   // findings that were none
    uint64_t went;                   // findings that are none any more
    uint64_t changed;                // findings with another outcome
};
struct rules_diff_totals {
    const struct rules_diff_rule *rules;
    size_t rule_count;
    uint64_t records;
    uint64_t bad_lines;
    uint64_t came;
    uint64_t went;
    uint64_t changed;
};
struct rules_diff_totals rules_diff_totals(const struct rules_diff *diff);
