// SPDX-License-Identifier: MIT
//
// What evaluator, lanes, runs and roll-up share. Thread: as eval/evaluator.h.
#pragma once

#include "agenda.h"
#include "binding.h"
#include "eval/evaluator.h"
#include "tally.h"
#include "type_table.h"
#include "waiver_index.h"

#include <stdbool.h>
#include <stddef.h>

// A rule that runs, with what there is to know of it. Borrowed from the rules.
struct active_rule {
    size_t index; // in the rule set
    bool is_scoped;
    const struct condition *condition; // NULL: it is a policy
    const struct clause *clause;       // the condition, when it is nothing else
    uint32_t slot;                     // of the condition's truth, or TRUTH_SLOT_NONE
};

static inline bool active_rule_is_in_tally(const struct active_rule *rule)
{
    return !rule->is_scoped && rule->slot != TRUTH_SLOT_NONE;
}

// What is done with the records of one resource type.
struct type_plan {
    struct agenda agenda;
    // Where outcomes are only counted, those of rules with a slot are, in a tally.
    bool is_tallied;
    uint32_t *asked; // places in `active` of the type's other rules, which are asked one by one
    size_t asked_count;
    uint32_t
        *slots; // of the truths of all its rules, in their order; not for use where some are asked
};

struct evaluator {
    struct eval_input input;
    const struct binding **bindings; // the copy that the input points to
    const struct eval_rules *rules;  // of all bindings
    int64_t as_of_ms;
    struct waiver_index *waivers; // those in force
    struct active_rule *active;   // rules to run: bound and not broken, ascending
    size_t active_count;
    struct type_table types;      // of the active rules, by their place in `active`
    struct type_plan *type_plans; // one per type
};
