// SPDX-License-Identifier: MIT
#include "lint_private.h"

#include "base/mem.h"
#include "condition_tree.h"
#include "policy_tree.h"

static void add_clause(struct lint *lint, struct lint_clause clause)
{
    lint->clauses = mem_grow(lint->clauses, &lint->clause_capacity, lint->clause_count + 1,
                             sizeof(*lint->clauses));
    lint->clauses[lint->clause_count++] = clause;
}

// An outline has the shape of what it outlines.
static void index_condition(struct lint *lint, size_t rule, const struct condition *condition,
                            const struct explain_node *outline)
{
    if (condition->group == GROUP_NONE) {
        add_clause(lint, (struct lint_clause){
                             .rule = rule, .outline = outline, .clause = condition->clause});
    }
    for (size_t i = 0; i < condition->count; i++) {
        index_condition(lint, rule, condition->children[i], &outline->children[i]);
    }
}

static void index_policy(struct lint *lint, size_t rule, const struct policy *policy,
                         const struct explain_node *outline)
{
    if (policy->kind == POLICY_CONDITION) {
        add_clause(lint, (struct lint_clause){.rule = rule, .outline = outline, .policy = policy});
    }
    for (size_t i = 0; i < policy->count; i++) {
        index_policy(lint, rule, policy->children[i], &outline->children[i]);
    }
}

void lint_index_clauses(struct lint *lint)
{
    const struct eval_rules *rules = lint->rules;
    lint->outlines = mem_alloc(rules->set.count, sizeof(struct explain_node *));
    lint->first_clause = mem_alloc(rules->set.count + 1, sizeof(*lint->first_clause));
    lint->records = mem_alloc(rules->set.count, sizeof(*lint->records));
    for (size_t i = 0; i < rules->set.count; i++) {
        lint->outlines[i] = explain_outline(rules, i);
        if (rules->conditions[i] != NULL) {
            index_condition(lint, i, rules->conditions[i], lint->outlines[i]);
        } else if (rules->policies[i] != NULL) {
            index_policy(lint, i, rules->policies[i], lint->outlines[i]);
        }
        lint->first_clause[i + 1] = lint->clause_count;
    }
}
