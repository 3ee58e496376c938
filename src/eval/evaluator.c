// SPDX-License-Identifier: MIT
#include "eval/evaluator.h"

#include "base/mem.h"
#include "eval/decision.h"
#include "plan.h"
#include "rules.h"

#include <string.h>

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
            evaluator->active[evaluator->active_count++] = i;
        }
    }
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
    mem_free(evaluator);
}

struct eval_lane *eval_lane_create(const struct evaluator *evaluator)
{
    const struct waiver_set *waivers = evaluator->input.waivers;
    struct eval_lane *lane = mem_alloc(1, sizeof(*lane));
    lane->rule_count = eval_rules_set(evaluator->input.rules)->count;
    lane->rules = mem_alloc(lane->rule_count, sizeof(*lane->rules));
    lane->waiver_count = waivers == NULL ? 0 : waivers->count;
    lane->waivers_used = mem_alloc(lane->waiver_count, sizeof(*lane->waivers_used));
    evidence_init(&lane->evidence);
    return lane;
}

void eval_lane_destroy(struct eval_lane **lane)
{
    if (*lane == NULL) {
        return;
    }
    mem_free(&(*lane)->rules);
    mem_free(&(*lane)->waivers_used);
    evidence_deinit(&(*lane)->evidence);
    mem_free(lane);
}

void eval_lane_merge(struct eval_lane *into, const struct eval_lane *from)
{
    REQUIRE(into->rule_count == from->rule_count && into->waiver_count == from->waiver_count);
    for (size_t i = 0; i < into->rule_count; i++) {
        for (size_t j = 0; j < OUTCOME_COUNT; j++) {
            into->rules[i].of[j] += from->rules[i].of[j];
        }
    }
    for (size_t i = 0; i < into->waiver_count; i++) {
        into->waivers_used[i] += from->waivers_used[i];
    }
    into->records += from->records;
    into->bad_lines += from->bad_lines;
    into->blank_lines += from->blank_lines;
}

// One block on its way through a lane.
struct run {
    const struct evaluator *evaluator;
    struct eval_lane *lane;
    const struct eval_sink *sink;
    struct diags *problems;
    struct record_origin at; // where the current line's record stood
};

// The waiver that turns a finding into IGNORED, NULL when it stands.
static const struct waiver *excuse(const struct run *run, const char *rule_id,
                                   const struct record *record)
{
    const struct waiver_set *waivers = run->evaluator->input.waivers;
    const struct waiver *waiver =
        eval_waiver_for(waivers, rule_id, record->resource_id, run->evaluator->input.as_of_ms);
    if (waiver != NULL) {
        run->lane->waivers_used[waiver - waivers->items]++;
    }
    return waiver;
}

static void run_rule(const struct run *run, size_t index, const struct record *record)
{
    const struct eval_rules *rules = run->evaluator->input.rules;
    const struct rule *rule = &rules->set.rules[index];
    struct eval_lane *lane = run->lane;
    enum outcome outcome =
        eval_rules_judge(rules, index, record, run->evaluator->input.as_of_ms, &lane->evidence);
    const struct waiver *waiver =
        outcome == OUTCOME_NON_COMPLIANT ? excuse(run, rule->id, record) : NULL;
    outcome = waiver != NULL ? OUTCOME_IGNORED : outcome;
    lane->rules[index].of[outcome]++;
    if (outcome == OUTCOME_NOT_APPLICABLE) {
        return;
    }
    const struct finding finding = {
        .outcome = outcome,
        .rule_id = rule->id,
        .rule_name = rule->name,
        .risk = rule->risk,
        .resource_id = record->resource_id,
        .resource_name = record->resource_name,
        .resource_type = record->resource_type,
        .region_id = record->region_id,
        .account_id = record->account_id,
        .line = run->at.line,
        .offset = run->at.offset,
        .waiver_id = waiver != NULL ? waiver->id : "",
        .evidence = outcome == OUTCOME_COMPLIANT ? NULL : &lane->evidence,
    };
    run->sink->on_finding(run->sink->context, &finding);
}

static bool is_blank_line(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') {
            return false;
        }
    }
    return true;
}

static void run_line(const struct run *run, const char *line, size_t len)
{
    if (is_blank_line(line, len)) {
        run->lane->blank_lines++;
        return;
    }
    struct record record;
    struct err err = ERR_INIT;
    if (record_parse(line, len, &record, &err) != ERR_OK) {
        run->lane->bad_lines++;
        struct diag_place place = {.line = (size_t)run->at.line};
        diags_add(run->problems, DIAG_ERROR, "inventory.record", place, "%s", err.message);
        return;
    }
    run->lane->records++;
    for (size_t i = 0; i < run->evaluator->active_count; i++) {
        run_rule(run, run->evaluator->active[i], &record);
    }
    record_deinit(&record);
}

void evaluator_run_block(const struct evaluator *evaluator, struct eval_lane *lane,
                         const struct eval_block *block, const struct eval_sink *sink,
                         struct diags *problems)
{
    struct run run = {.evaluator = evaluator, .lane = lane, .sink = sink, .problems = problems};
    size_t index = 0;
    for (size_t at = 0; at < block->len; index++) {
        const char *line = block->bytes + at;
        run.at = block->origins != NULL
                     ? block->origins[index]
                     : (struct record_origin){block->first_line + index, block->first_offset + at};
        const char *end = memchr(line, '\n', block->len - at);
        size_t line_len = end == NULL ? block->len - at : (size_t)(end - line);
        run_line(&run, line, line_len);
        at += line_len + 1;
    }
}
