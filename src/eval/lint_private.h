// SPDX-License-Identifier: MIT
//
// A lint, as its parts share it. Thread: its owner's.
#pragma once

#include "eval/explain.h"
#include "eval/lint.h"
#include "rules.h"

struct lint_file {
    char *name;
    char *text;
    size_t len;
    json_t *json; // NULL: no JSON
};

// One clause, or condition of a policy_rule, and what records of its rule's types have in its
// place.
struct lint_clause {
    size_t rule;
    const struct explain_node *outline; // what it says
    const struct clause *clause;        // NULL: of a policy_rule
    const struct policy *policy;        // NULL: of a condition
    uint64_t found;                     // records in which the path finds something but null
    uint64_t mismatched; // of these, those without a verdict for the type of what is found
    char *example;       // a value of the first of them
    uint64_t example_line;
    const char *mismatch; // why, a sentence
    char *nearest;        // a name that is there, nearest to one that is not
    unsigned tries;       // records that it was looked for in
};

struct lint {
    bool strict_vendor;
    struct lint_file *files;
    size_t file_count;
    size_t file_capacity;
    struct rule_set set;            // until lint_compile
    struct diags diags;             // of loading and compiling, until they are findings
    struct eval_rules *rules;       // from lint_compile on
    struct explain_node **outlines; // by rule; NULL of a broken one
    struct lint_clause *clauses;    // of rules that are not broken, in their order
    size_t clause_count;
    size_t clause_capacity;
    size_t *first_clause; // by rule, and behind the last
    uint64_t *records;    // by rule: of its types
    json_t *types;        // object: types of the inventory, in lower case, to how they are spelt
    uint64_t record_count;
    struct lint_findings findings;
    bool is_finished;
};

// Adds a finding of a rule at a pointer into its file.
void lint_add(struct lint *lint, const char *code, const struct rule *rule, const char *pointer,
              const char *format, ...) PRINTF_LIKE(5, 6);
// The same of no single rule.
void lint_add_at(struct lint *lint, const char *code, const char *file, const char *pointer,
                 const char *format, ...) PRINTF_LIKE(5, 6);

// A rule as it stands in its file; NULL when there is no such value.
const json_t *lint_rule_json(const struct lint *lint, const struct rule *rule);

// The line of a value in a file that was added.
size_t lint_line(const struct lint *lint, const char *file, const char *pointer);

// "$.port Equals 22": a clause in a message.
void lint_clause_text(const struct explain_node *outline, struct buf *out);

// Makes outlines and clauses of the compiled rules.
void lint_index_clauses(struct lint *lint);

// The parts, each for all rules that are not broken.
void lint_check_rules(struct lint *lint);      // twice the same, scopes, members without effect
void lint_check_conditions(struct lint *lint); // never true, never false, twice the same
void lint_check_policies(struct lint *lint);   // never true, never false
void lint_check_inventory(struct lint *lint);  // after the last record
