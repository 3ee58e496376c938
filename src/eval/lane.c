// SPDX-License-Identifier: MIT
#include "lane.h"

#include "base/limits.h"
#include "base/mem.h"
#include "outcome_row.h"
#include "rules.h"

static struct lane_type *make_types(const struct evaluator *evaluator)
{
    struct lane_type *types = mem_alloc(evaluator->types.count, sizeof(*types));
    for (size_t i = 0; i < evaluator->types.count; i++) {
        if (evaluator->type_plans[i].is_tallied) {
            tally_init(&types[i].tally, clause_table_slots(&evaluator->rules->table));
        }
    }
    return types;
}

struct eval_lane *eval_lane_create(const struct evaluator *evaluator)
{
    const struct waiver_set *waivers = evaluator->input.waivers;
    const struct clause_table *table = &evaluator->rules->table;
    struct eval_lane *lane = mem_alloc(1, sizeof(*lane));
    lane->evaluator = evaluator;
    lane->types = make_types(evaluator);
    lane->rule_count = eval_rules_set(evaluator->rules)->count;
    lane->rules = mem_alloc(lane->rule_count, sizeof(*lane->rules));
    lane->waiver_count = waivers == NULL ? 0 : waivers->count;
    lane->binding_count = evaluator->input.binding_count;
    lane->waivers = mem_alloc(lane->binding_count * lane->waiver_count, sizeof(*lane->waivers));
    evidence_init(&lane->evidence);
    const struct scan_kernel *kernel = evaluator->input.kernel;
    record_reader_init(&lane->reader, table->plan, kernel != NULL ? kernel : scan_kernel_best());
    judge_cache_init(&lane->cache, table);
    lane->outcomes = mem_alloc(evaluator->active_count, sizeof(*lane->outcomes));
    lane->row = mem_alloc(evaluator_row_bytes_max(evaluator), sizeof(*lane->row));
    buf_init(&lane->padded, LIMIT_RECORD_BYTES + SCAN_PADDING);
    return lane;
}

void eval_lane_destroy(struct eval_lane **lane)
{
    if (*lane == NULL) {
        return;
    }
    mem_free(&(*lane)->rules);
    mem_free(&(*lane)->waivers);
    for (size_t i = 0; i < (*lane)->evaluator->types.count; i++) {
        tally_deinit(&(*lane)->types[i].tally);
    }
    mem_free(&(*lane)->types);
    evidence_deinit(&(*lane)->evidence);
    record_reader_deinit(&(*lane)->reader);
    judge_cache_deinit(&(*lane)->cache);
    mem_free(&(*lane)->outcomes);
    mem_free(&(*lane)->row);
    buf_deinit(&(*lane)->padded);
    mem_free(lane);
}

void eval_lane_merge(struct eval_lane *into, const struct eval_lane *from)
{
    REQUIRE(into->evaluator == from->evaluator);
    for (size_t i = 0; i < into->evaluator->types.count; i++) {
        into->types[i].records += from->types[i].records;
        tally_merge(&into->types[i].tally, &from->types[i].tally);
    }
    for (size_t i = 0; i < into->rule_count; i++) {
        for (size_t j = 0; j < OUTCOME_COUNT; j++) {
            into->rules[i].of[j] += from->rules[i].of[j];
        }
    }
    for (size_t i = 0; i < into->binding_count * into->waiver_count; i++) {
        waiver_use_merge(&into->waivers[i], &from->waivers[i]);
    }
    into->records += from->records;
    into->bad_lines += from->bad_lines;
    into->blank_lines += from->blank_lines;
}
