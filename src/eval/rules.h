// SPDX-License-Identifier: MIT
//
// A rule set with its compiled conditions, and the judging of one rule on one record. Thread: as
// eval/evaluator.h.
#pragma once

#include "condition.h"
#include "eval/evaluator.h"
#include "policy.h"
#include "record.h"

struct eval_rules {
    struct rule_set set;
    // One of the two per rule, by the language that it is written in; none for a broken one.
    struct condition **conditions;
    struct policy **policies;
};

// NOT_APPLICABLE, COMPLIANT, NON_COMPLIANT or INSUFFICIENT_DATA; no waiver is looked at. `evidence`
// is filled for the last two. Ages are counted to `as_of_ms` (NO_INSTANT: the operators of age give
// no verdict). The rule at `index` is not broken.
enum outcome eval_rules_judge(const struct eval_rules *rules, size_t index,
                              const struct record *record, int64_t as_of_ms,
                              struct evidence *evidence);
