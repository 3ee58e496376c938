// SPDX-License-Identifier: MIT
#include "eval/evaluator.h"

#include "base/mem.h"
#include "condition_tree.h"
#include "plan.h"
#include "rules.h"

// All tallies of one lane together; types for which nothing is left are counted rule by rule.
enum { TALLIES_MAX_BYTES = 16 * 1024 * 1024 };

static void activate(struct evaluator *evaluator, size_t index)
{
    const struct eval_rules *rules = evaluator->rules;
    const struct condition *condition = rules->conditions[index];
    const struct text_list *types = &rules->set.rules[index].resource_types;
    size_t place = evaluator->active_count++;
    evaluator->active[place] =
        (struct active_rule){.index = index,
                             .is_scoped = rules->is_scoped[index],
                             .condition = condition,
                             .clause = condition == NULL ? NULL : condition->clause,
                             .slot = condition == NULL ? TRUTH_SLOT_NONE : condition->slot};
    for (size_t i = 0; i < types->count; i++) {
        type_table_add(&evaluator->types, span_of(types->items[i]), place);
    }
}

static void plan_agenda(struct evaluator *evaluator, const struct type_rules *rules,
                        struct type_plan *plan)
{
    const struct clause_table *table = &evaluator->rules->table;
    plan->asked = mem_alloc(rules->count, sizeof(*plan->asked));
    plan->slots = mem_alloc(rules->count, sizeof(*plan->slots));
    for (size_t i = 0; i < rules->count; i++) {
        const struct active_rule *rule = &evaluator->active[rules->rules[i]];
        plan->slots[i] = rule->slot;
        if (rule->slot != TRUTH_SLOT_NONE) {
            agenda_add(&plan->agenda, table, rule->slot);
        }
        if (!active_rule_is_in_tally(rule)) {
            plan->asked[plan->asked_count++] = (uint32_t)rules->rules[i];
        }
    }
    size_t slots_min = evaluator->input.judge_together_min;
    agenda_complete(&plan->agenda, table, slots_min > 0 ? slots_min : AGENDA_SLOTS_MIN);
}

static void plan_types(struct evaluator *evaluator)
{
    const struct type_table *types = &evaluator->types;
    size_t tally_bytes = tally_memory(clause_table_slots(&evaluator->rules->table));
    size_t bytes_left = TALLIES_MAX_BYTES;
    evaluator->type_plans = mem_alloc(types->count, sizeof(*evaluator->type_plans));
    for (size_t i = 0; i < types->count; i++) {
        struct type_plan *plan = &evaluator->type_plans[i];
        plan_agenda(evaluator, &types->types[i], plan);
        plan->is_tallied = !agenda_is_empty(&plan->agenda) && tally_bytes <= bytes_left;
        bytes_left -= plan->is_tallied ? tally_bytes : 0;
    }
}

static bool is_bound(const struct evaluator *evaluator, size_t rule)
{
    for (size_t i = 0; i < evaluator->input.binding_count; i++) {
        if (binding_has(evaluator->bindings[i], rule)) {
            return true;
        }
    }
    return false;
}

struct evaluator *evaluator_create(const struct eval_input *input)
{
    REQUIRE(input->binding_count > 0);
    struct evaluator *evaluator = mem_alloc(1, sizeof(*evaluator));
    evaluator->input = *input;
    evaluator->bindings = mem_dup(input->bindings, input->binding_count * sizeof(void *));
    evaluator->input.bindings = evaluator->bindings;
    evaluator->rules = input->bindings[0]->input.rules;
    evaluator->as_of_ms = input->bindings[0]->input.as_of_ms;
    evaluator->waivers = waiver_index_create(input->waivers, evaluator->as_of_ms);
    const struct rule_set *set = eval_rules_set(evaluator->rules);
    evaluator->active = mem_alloc(set->count, sizeof(*evaluator->active));
    for (size_t i = 0; i < set->count; i++) {
        if (is_bound(evaluator, i) && !set->rules[i].broken) {
            activate(evaluator, i);
        }
    }
    plan_types(evaluator);
    return evaluator;
}

void evaluator_destroy(struct evaluator **evaluator)
{
    if (*evaluator == NULL) {
        return;
    }
    mem_free(&(*evaluator)->bindings);
    waiver_index_destroy(&(*evaluator)->waivers);
    mem_free(&(*evaluator)->active);
    for (size_t i = 0; i < (*evaluator)->types.count; i++) {
        agenda_deinit(&(*evaluator)->type_plans[i].agenda);
        mem_free(&(*evaluator)->type_plans[i].asked);
        mem_free(&(*evaluator)->type_plans[i].slots);
    }
    mem_free(&(*evaluator)->type_plans);
    type_table_deinit(&(*evaluator)->types);
    mem_free(evaluator);
}
