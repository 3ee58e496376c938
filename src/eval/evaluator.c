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
    const struct eval_rules *rules = evaluator->input.rules;
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
    const struct clause_table *table = &evaluator->input.rules->table;
    plan->asked = mem_alloc(rules->count, sizeof(*plan->asked));
    for (size_t i = 0; i < rules->count; i++) {
        const struct active_rule *rule = &evaluator->active[rules->rules[i]];
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
    size_t tally_bytes = tally_memory(clause_table_slots(&evaluator->input.rules->table));
    size_t bytes_left = TALLIES_MAX_BYTES;
    evaluator->type_plans = mem_alloc(types->count, sizeof(*evaluator->type_plans));
    for (size_t i = 0; i < types->count; i++) {
        struct type_plan *plan = &evaluator->type_plans[i];
        plan_agenda(evaluator, &types->types[i], plan);
        plan->is_tallied = !agenda_is_empty(&plan->agenda) && tally_bytes <= bytes_left;
        bytes_left -= plan->is_tallied ? tally_bytes : 0;
    }
}

struct evaluator *evaluator_create(const struct eval_input *input, struct diags *diags)
{
    const struct rule_set *set = eval_rules_set(input->rules);
    struct evaluator *evaluator = mem_alloc(1, sizeof(*evaluator));
    evaluator->input = *input;
    evaluator->items = mem_alloc(input->pack->item_count, sizeof(*evaluator->items));
    evaluator->is_bound = mem_alloc(set->count, sizeof(*evaluator->is_bound));
    evaluator->active = mem_alloc(set->count, sizeof(*evaluator->active));
    plan_bind(evaluator, diags);
    for (size_t i = 0; i < set->count; i++) {
        if (evaluator->is_bound[i] && !set->rules[i].broken) {
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
    for (size_t i = 0; i < (*evaluator)->input.pack->item_count; i++) {
        mem_free(&(*evaluator)->items[i].rules);
    }
    mem_free(&(*evaluator)->items);
    mem_free(&(*evaluator)->is_bound);
    mem_free(&(*evaluator)->active);
    for (size_t i = 0; i < (*evaluator)->types.count; i++) {
        agenda_deinit(&(*evaluator)->type_plans[i].agenda);
        mem_free(&(*evaluator)->type_plans[i].asked);
    }
    mem_free(&(*evaluator)->type_plans);
    type_table_deinit(&(*evaluator)->types);
    mem_free(evaluator);
}
