// SPDX-License-Identifier: MIT
//
// The compiled form of a policy_rule, which policy.c builds and policy_judge.c walks.
#pragma once

#include "policy.h"
#include "policy_compare.h"
#include "policy_expression.h"

enum policy_kind { POLICY_ALL_OF, POLICY_ANY_OF, POLICY_CONDITION };

struct policy_operand {
    json_t *literal;                      // borrowed from the rule; NULL: the expression counts
    struct policy_expression *expression; // NULL: a literal
    const char *text;                     // of the template, borrowed; NULL: a literal
};

struct policy {
    enum policy_kind kind;
    struct policy **children;
    size_t count;
    const struct rule *rule; // borrowed, for its parameters
    const struct policy_comparator *comparator;
    struct policy_operand value;
    struct policy_operand pattern;
};

// Whether a condition compares texts without regard to the case of ASCII letters.
bool policy_ignores_case(const struct policy *condition);

// As policy_judge, for those that explain a policy: the evidence is filled whatever the verdict,
// and *decider_out is what decided, a group when all of its members did. Of a policy that is known
// not to hold the reason in the evidence says nothing.
enum truth policy_explain(const struct policy *policy, const struct subject *subject,
                          struct evidence *evidence, const struct policy **decider_out);
