// SPDX-License-Identifier: MIT
#include "eval/decision.h"

#include "base/pattern.h"

bool eval_waiver_is_unused(const struct report_waiver *waiver)
{
    return waiver->state == WAIVER_IN_FORCE && waiver->used == 0;
}

enum waiver_breadth eval_waiver_breadth(const struct report_waiver *waiver)
{
    bool is_any_rule = pattern_names_nothing(waiver->waiver->rule);
    bool is_any_resource = pattern_names_nothing(waiver->waiver->resource);
    if (waiver->state == WAIVER_LAPSED) {
        return WAIVER_NARROW;
    }
    if (is_any_rule || is_any_resource) {
        return is_any_rule && is_any_resource ? WAIVER_ANYTHING
               : is_any_rule                  ? WAIVER_ANY_RULE
                                              : WAIVER_ANY_RESOURCE;
    }
    bool is_many = waiver->rules >= WAIVER_MANY_RULES && waiver->resources >= WAIVER_MANY_RESOURCES;
    return is_many ? WAIVER_MANY : WAIVER_NARROW;
}

enum outcome eval_outcome_without_waivers(const struct report_item *item)
{
    bool was_waived = item->source == VERDICT_RULE && item->counts.of[OUTCOME_IGNORED] > 0;
    return was_waived && item->outcome < OUTCOME_NON_COMPLIANT ? OUTCOME_NON_COMPLIANT
                                                               : item->outcome;
}

static void add(struct score *score, enum outcome outcome, uint64_t weight)
{
    if (outcome == OUTCOME_COMPLIANT || outcome == OUTCOME_NON_COMPLIANT) {
        score->denominator += weight;
        score->numerator += outcome == OUTCOME_COMPLIANT ? weight : 0;
    }
}

void eval_scores_add(struct scores *scores, const struct report_item *item)
{
    // high 3, medium 2, low 1
    uint64_t weight = (uint64_t)(1 + RISK_LOW - item->risk);
    enum outcome without_waivers = eval_outcome_without_waivers(item);
    add(&scores->by_count, item->outcome, 1);
    add(&scores->by_risk, item->outcome, weight);
    add(&scores->by_count_without_waivers, without_waivers, 1);
    add(&scores->by_risk_without_waivers, without_waivers, weight);
}
