// SPDX-License-Identifier: MIT
//
// A rule set with its compiled conditions, and the judging of one rule on one record. Thread: as
// eval/evaluator.h.
#pragma once

#include "clause_table.h"
#include "condition.h"
#include "domain/finding.h"
#include "eval/rules.h"
#include "judge.h"
#include "policy.h"
#include "record.h"

struct eval_rules {
    struct rule_set set;
    // One of the two per rule, by the language that it is written in; none for a broken one.
    struct condition **conditions;
    struct policy **policies;
    bool *is_scoped;           // per rule: its scope leaves something out
    struct clause_table table; // of all conditions
};

// NOT_APPLICABLE, COMPLIANT, NON_COMPLIANT or INSUFFICIENT_DATA; no waiver is looked at. The rule at
// `index` is not broken, and is for the record's resource type. `evidence` is filled for the last
// two; it may be NULL.
enum outcome eval_rules_judge(const struct eval_rules *rules, size_t index,
                              const struct record *record, const struct judge *judge,
                              struct evidence *evidence);
