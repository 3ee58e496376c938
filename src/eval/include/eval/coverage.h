// SPDX-License-Identifier: MIT
//
// Running the cases of rules, and what they cover: which clauses some case made true, and which
// false. Pure. Thread: its owner's.
#pragma once

#include "domain/report.h"
#include "domain/rule_case.h"
#include "eval/explain.h"

#include <stdbool.h>
#include <stddef.h>

struct coverage_clause {
    size_t rule;                       // index into the rule set
    const struct explain_node *clause; // what it says
    bool was_true;
    bool was_false;
    bool was_unknown;
};

// Every clause of the rules that are not broken.
struct coverage {
    const struct eval_rules *rules;  // borrowed
    struct coverage_clause *clauses; // in the order of the rules
    size_t count;
    size_t capacity;                // private
    size_t *first;                  // private: by rule, its first clause
    struct explain_node **outlines; // private
};

struct coverage *coverage_create(const struct eval_rules *rules);
void coverage_destroy(struct coverage **coverage);

// How much is covered: of two verdicts for each clause, true and false, those that were seen.
// Unknown is worth a case, but not every clause can be.
struct score coverage_score(const struct coverage *coverage);

// What came of one case. `difference` is NULL when it passed, else a sentence: what was expected
// and what was found, or why it could not be tried.
struct case_result {
    char *difference;
    enum outcome found; // OUTCOME_ERROR when it could not be tried
};
struct case_result coverage_run_case(struct coverage *coverage, const struct rule_case *item);
void case_result_deinit(struct case_result *result);
