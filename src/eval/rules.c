// SPDX-License-Identifier: MIT
#include "rules.h"

#include "base/mem.h"
#include "scope.h"

struct eval_rules *eval_rules_create(struct rule_set *take_set, struct diags *diags)
{
    struct eval_rules *rules = mem_alloc(1, sizeof(*rules));
    rules->set = *take_set;
    *take_set = (struct rule_set){0};
    rules->conditions = mem_alloc(rules->set.count, sizeof(struct condition *));
    rules->policies = mem_alloc(rules->set.count, sizeof(struct policy *));
    rules->is_scoped = mem_alloc(rules->set.count, sizeof(bool));
    clause_table_init(&rules->table);
    for (size_t i = 0; i < rules->set.count; i++) {
        // A rule that the loader broke is compiled all the same: its author gets all faults at
        // once.
        struct rule *rule = &rules->set.rules[i];
        rules->is_scoped[i] = !scope_is_open(&rule->scope);
        rules->conditions[i] = condition_compile(rule, rules->set.strict_vendor, diags);
        rules->policies[i] = policy_compile(rule, rules->set.strict_vendor, diags);
        if (rule->broken) {
            condition_destroy(&rules->conditions[i]);
            policy_destroy(&rules->policies[i]);
        }
        if (rules->conditions[i] != NULL) {
            clause_table_add(&rules->table, rules->conditions[i]);
        }
    }
    clause_table_complete(&rules->table);
    return rules;
}

void eval_rules_destroy(struct eval_rules **rules)
{
    if (*rules == NULL) {
        return;
    }
    for (size_t i = 0; i < (*rules)->set.count; i++) {
        condition_destroy(&(*rules)->conditions[i]);
        policy_destroy(&(*rules)->policies[i]);
    }
    clause_table_deinit(&(*rules)->table);
    mem_free(&(*rules)->is_scoped);
    mem_free(&(*rules)->conditions);
    mem_free(&(*rules)->policies);
    rule_set_deinit(&(*rules)->set);
    mem_free(rules);
}

const struct rule_set *eval_rules_set(const struct eval_rules *rules)
{
    return &rules->set;
}

static enum outcome judge_condition(const struct condition *condition, const struct judge *judge,
                                    struct evidence *evidence)
{
    enum truth truth = condition_truth(condition, judge);
    if (truth == TRUTH_TRUE) {
        return OUTCOME_COMPLIANT;
    }
    if (evidence != NULL) {
        struct condition_verdict verdict = condition_judge(condition, judge);
        ENSURE(verdict.truth == truth);
        clause_explain(verdict.decider, judge, evidence);
    }
    return truth == TRUTH_FALSE ? OUTCOME_NON_COMPLIANT : OUTCOME_INSUFFICIENT_DATA;
}

// A policy describes the violation.
static enum outcome judge_policy(const struct policy *policy, const struct judge *judge,
                                 struct evidence *evidence)
{
    switch (policy_judge(policy, &judge->subject, evidence)) {
    case TRUTH_TRUE:
        return OUTCOME_NON_COMPLIANT;
    case TRUTH_FALSE:
        return OUTCOME_COMPLIANT;
    case TRUTH_UNKNOWN:
        break;
    }
    return OUTCOME_INSUFFICIENT_DATA;
}

enum outcome eval_rules_judge(const struct eval_rules *rules, size_t index,
                              const struct record *record, const struct judge *judge,
                              struct evidence *evidence)
{
    REQUIRE(index < rules->set.count);
    const struct condition *condition = rules->conditions[index];
    const struct policy *policy = rules->policies[index];
    REQUIRE((condition == NULL) != (policy == NULL));
    if (rules->is_scoped[index] && !scope_holds(&rules->set.rules[index].scope, record)) {
        return OUTCOME_NOT_APPLICABLE;
    }
    return condition != NULL ? judge_condition(condition, judge, evidence)
                             : judge_policy(policy, judge, evidence);
}
