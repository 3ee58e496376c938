// SPDX-License-Identifier: MIT
//
// The roll-up: from the counts of rules to check items, catalogues and the pack.
#include "base/mem.h"
#include "eval/decision.h"
#include "eval/evaluator.h"
#include "lane.h"

static const int64_t SOON_MS = 30LL * 24 * 60 * 60 * 1000;

static void counts_add(struct outcome_counts *into, const struct outcome_counts *from)
{
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        into->of[i] += from->of[i];
    }
}

// enum outcome is in the order from the best to the worst.
static enum outcome worst_of(const struct outcome_counts *counts)
{
    for (size_t i = OUTCOME_COUNT; i > 0; i--) {
        if (counts->of[i - 1] > 0) {
            return (enum outcome)(i - 1);
        }
    }
    return OUTCOME_NOT_APPLICABLE;
}

// Records of other types met the rule nowhere.
static void add_other_types(const struct evaluator *evaluator, const struct eval_lane *lane,
                            struct outcome_counts *rules)
{
    const struct type_table *types = &evaluator->types;
    for (size_t i = 0; i < evaluator->active_count; i++) {
        rules[evaluator->active[i].index].of[OUTCOME_NOT_APPLICABLE] += lane->records;
    }
    for (size_t i = 0; i < types->count; i++) {
        for (size_t j = 0; j < types->types[i].count; j++) {
            size_t rule = evaluator->active[types->types[i].rules[j]].index;
            rules[rule].of[OUTCOME_NOT_APPLICABLE] -= lane->types[i].records;
        }
    }
}

static void add_tally(const struct evaluator *evaluator, const struct type_rules *type,
                      const struct tally *tally, struct outcome_counts *rules)
{
    for (size_t i = 0; i < type->count; i++) {
        const struct active_rule *rule = &evaluator->active[type->rules[i]];
        if (active_rule_is_in_tally(rule)) {
            uint64_t *of = rules[rule->index].of;
            uint64_t passes = tally_true(tally, rule->slot);
            uint64_t unknowns = tally_unknown(tally, rule->slot);
            of[OUTCOME_COMPLIANT] += passes;
            of[OUTCOME_INSUFFICIENT_DATA] += unknowns;
            of[OUTCOME_NON_COMPLIANT] += tally->records - passes - unknowns;
        }
    }
}

void evaluator_count(const struct evaluator *evaluator, const struct eval_lane *lane,
                     struct eval_counts *counts_out)
{
    size_t rule_count = eval_rules_set(evaluator->rules)->count;
    *counts_out =
        (struct eval_counts){.rules = mem_dup(lane->rules, rule_count * sizeof(*lane->rules)),
                             .rule_count = rule_count,
                             .records = lane->records,
                             .bad_lines = lane->bad_lines,
                             .blank_lines = lane->blank_lines};
    for (size_t i = 0; i < evaluator->types.count; i++) {
        if (evaluator->type_plans[i].is_tallied) {
            add_tally(evaluator, &evaluator->types.types[i], &lane->types[i].tally,
                      counts_out->rules);
        }
    }
    add_other_types(evaluator, lane, counts_out->rules);
}

void eval_counts_deinit(struct eval_counts *counts)
{
    mem_free(&counts->rules);
}

static void roll_up_rules(const struct rule_set *set, const struct binding *binding,
                          const struct eval_counts *counts, struct report *report)
{
    report->rules = mem_alloc(set->count, sizeof(*report->rules));
    report->rule_count = set->count;
    for (size_t i = 0; i < set->count; i++) {
        struct report_rule *rule = &report->rules[i];
        rule->rule = &set->rules[i];
        rule->is_bound = binding_has(binding, i);
        rule->counts = rule->is_bound ? counts->rules[i] : (struct outcome_counts){0};
        rule->outcome = set->rules[i].broken ? OUTCOME_ERROR : worst_of(&rule->counts);
        counts_add(&report->finding_counts, &rule->counts);
    }
}

static void decide_by_rules(const struct binding_item *plan, const struct report *report,
                            struct report_item *item)
{
    item->source = VERDICT_RULE;
    item->outcome = OUTCOME_NOT_APPLICABLE;
    item->risk = RISK_LOW;
    item->rules = mem_dup(plan->rules, plan->rule_count * sizeof(*plan->rules));
    item->rule_count = plan->rule_count;
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct report_rule *rule = &report->rules[plan->rules[i]];
        item->outcome = rule->outcome > item->outcome ? rule->outcome : item->outcome;
        item->risk = rule->rule->risk < item->risk ? rule->rule->risk : item->risk;
        counts_add(&item->counts, &rule->counts);
    }
}

static void decide_without_rules(const struct binding_item *plan, struct report_item *item)
{
    item->risk = RISK_MEDIUM;
    if (plan->attestation != NULL) {
        item->source = VERDICT_ATTESTATION;
        item->outcome = plan->attestation->outcome;
        item->attestation = plan->attestation;
    } else {
        item->source = VERDICT_NONE;
        item->outcome = OUTCOME_MANUAL;
        item->lapsed = plan->lapsed;
    }
}

static void roll_up_items(const struct binding *binding, struct report *report)
{
    const struct pack *pack = binding->input.pack;
    report->items = mem_alloc(pack->item_count, sizeof(*report->items));
    report->item_count = pack->item_count;
    for (size_t i = 0; i < pack->item_count; i++) {
        struct report_item *item = &report->items[i];
        const struct binding_item *plan = &binding->items[i];
        item->item = &pack->items[i];
        if (plan->rule_count > 0) {
            decide_by_rules(plan, report, item);
        } else {
            decide_without_rules(plan, item);
        }
        report->item_counts.of[item->outcome]++;
        eval_scores_add(&report->scores, item);
    }
}

// Catalogues are stored depth first, so what lies below one follows it. `seen_by` holds for each
// item one more than the catalogue that counted it last: an item that several directories list
// counts once.
static void roll_up_catalog(const struct pack *pack, size_t index, size_t *seen_by,
                            struct report *report)
{
    struct report_catalog *rolled = &report->catalogs[index];
    rolled->catalog = &pack->catalogs[index];
    size_t at = index;
    do {
        const struct catalog *catalog = &pack->catalogs[at];
        for (size_t i = 0; i < catalog->item_count; i++) {
            size_t item = catalog->items[i];
            if (seen_by[item] != index + 1) {
                seen_by[item] = index + 1;
                rolled->items.of[report->items[item].outcome]++;
                eval_scores_add(&rolled->scores, &report->items[item]);
            }
        }
        at++;
    } while (at < pack->catalog_count && pack->catalogs[at].depth > rolled->catalog->depth);
}

static void roll_up_catalogs(const struct pack *pack, struct report *report)
{
    report->catalogs = mem_alloc(pack->catalog_count, sizeof(*report->catalogs));
    report->catalog_count = pack->catalog_count;
    size_t *seen_by = mem_alloc(pack->item_count, sizeof(*seen_by));
    for (size_t i = 0; i < pack->catalog_count; i++) {
        roll_up_catalog(pack, i, seen_by, report);
    }
    mem_free(&seen_by);
}

static void roll_up_waivers(const struct evaluator *evaluator, const struct eval_lane *lane,
                            size_t binding, struct report *report)
{
    int64_t as_of_ms = evaluator->as_of_ms;
    const struct waiver_use *uses = lane->waivers + binding * lane->waiver_count;
    report->waivers = mem_alloc(lane->waiver_count, sizeof(*report->waivers));
    report->waiver_count = lane->waiver_count;
    for (size_t i = 0; i < lane->waiver_count; i++) {
        struct report_waiver *rolled = &report->waivers[i];
        rolled->waiver = &evaluator->input.waivers->items[i];
        rolled->state = waiver_state_at(rolled->waiver, as_of_ms);
        rolled->lapses_soon =
            rolled->state == WAIVER_IN_FORCE &&
            waiver_state_at(rolled->waiver, as_of_ms + SOON_MS - 1) != WAIVER_IN_FORCE;
        rolled->used = uses[i].findings;
        rolled->resources = uses[i].resources;
        rolled->rules = uses[i].rule_count;
        rolled->is_unused = eval_waiver_is_unused(rolled);
        rolled->breadth = eval_waiver_breadth(rolled);
    }
}

void evaluator_report(const struct evaluator *evaluator, const struct eval_lane *lane,
                      size_t binding, struct report *report)
{
    REQUIRE(report->rules == NULL && report->items == NULL);
    REQUIRE(binding < evaluator->input.binding_count);
    const struct binding *of = evaluator->bindings[binding];
    REQUIRE(of->input.pack != NULL);
    struct eval_counts counts;
    evaluator_count(evaluator, lane, &counts);
    report->pack = of->input.pack;
    roll_up_rules(eval_rules_set(evaluator->rules), of, &counts, report);
    roll_up_items(of, report);
    roll_up_catalogs(of->input.pack, report);
    roll_up_waivers(evaluator, lane, binding, report);
    report->inventory.records = counts.records;
    report->inventory.bad_lines = counts.bad_lines;
    report->inventory.blank_lines = counts.blank_lines;
    eval_counts_deinit(&counts);
}
