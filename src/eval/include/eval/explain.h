// SPDX-License-Identifier: MIT
//
// How a rule comes to its verdict on one resource: the tree of its condition with what every branch
// gave, as DryRunConfigRule shows it, or why the rule does not apply. Pure. Thread: any; an
// explanation belongs to who made it.
#pragma once

#include "base/span.h"
#include "eval/evaluator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether a node holds. True is compliant, but in a policy_rule, which describes a violation.
enum explain_truth { EXPLAIN_FALSE, EXPLAIN_UNKNOWN, EXPLAIN_TRUE };

// Nothing is left out because another branch has decided already. Texts are at most
// LIMIT_EVIDENCE_BYTES.
struct explain_node {
    enum explain_truth truth;
    // It decided, or one below it. Of a false or unknown condition one clause does, in an `or` that
    // of the branch nearest to passing; of a true one every child of an `and`, and the first true
    // one of an `or`.
    bool is_deciding;
    char *pointer;             // into the rule file
    const char *operator_name; // "and", "or", "allOf", "anyOf", or that of a clause or a condition
    const char *quantifier;    // NULL: none
    struct explain_node *children;
    size_t count; // 0: a clause, or a condition of a policy_rule, which the members below describe
    // How many clauses of the rule stand before it.
    size_t ordinal;
    // As the rule has them; NULL: not there. Of a policy_rule `path` is `value`, `desired` is
    // `pattern`, and `wanted` what a template in that gave.
    char *source;
    char *path;
    char *desired;
    char *wanted;
    // What was found: whether anything but null was, all that the path selected, the value that
    // decided, its normalised path (of a policy_rule: the template), and why the node is not true
    // ("" when it is, and of a policy_rule when it is known).
    bool has_value;
    char *selected;
    char *found;
    char *property;
    char *reason;
};

// Why a rule does not apply: the member of the rule ("resourceTypes", "scope.excludeTags"), and a
// sentence.
struct explain_bar {
    const char *member;
    char *sentence;
};

struct explanation {
    const struct rule *rule; // borrowed from the rules
    bool is_policy;
    enum outcome outcome; // NOT_APPLICABLE, COMPLIANT, NON_COMPLIANT or INSUFFICIENT_DATA
    char *resource_id;
    char *resource_name;
    char *resource_type;
    char *region_id;
    struct explain_bar *bars; // all of them; none when the rule applies
    size_t bar_count;
    struct explain_node *root; // NULL when it does not
    struct evidence evidence;  // as a finding has it
};

// Borrowed during the call; the rule at `index` is not broken.
struct explain_input {
    const struct eval_rules *rules;
    size_t index;
    struct span record; // JSON of any layout
    int64_t as_of_ms;   // INT64_MIN: none, so that operators of age give no verdict
};

// ERR_INVALID or ERR_LIMIT when the record is none, with the reason.
enum err_kind explain_create(const struct explain_input *input,
                             struct explanation **explanation_out, struct err *err);
void explain_destroy(struct explanation **explanation);

// The same tree without a resource: what the rule says, every truth unknown, and nothing found.
// NULL of a broken rule.
struct explain_node *explain_outline(const struct eval_rules *rules, size_t index);
void explain_outline_destroy(struct explain_node **root);
