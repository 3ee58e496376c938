// SPDX-License-Identifier: MIT
#include "eval/evaluator.h"

#include "base/limits.h"
#include "base/mem.h"
#include "condition_tree.h"
#include "eval/decision.h"
#include "plan.h"
#include "rules.h"

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
                             .clause = condition == NULL ? NULL : condition->clause};
    for (size_t i = 0; i < types->count; i++) {
        type_table_add(&evaluator->types, span_of(types->items[i]), place);
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
    type_table_deinit(&(*evaluator)->types);
    mem_free(evaluator);
}

struct eval_lane *eval_lane_create(const struct evaluator *evaluator)
{
    const struct waiver_set *waivers = evaluator->input.waivers;
    const struct clause_table *table = &evaluator->input.rules->table;
    struct eval_lane *lane = mem_alloc(1, sizeof(*lane));
    lane->evaluator = evaluator;
    lane->type_records = mem_alloc(evaluator->types.count, sizeof(*lane->type_records));
    lane->rule_count = eval_rules_set(evaluator->input.rules)->count;
    lane->rules = mem_alloc(lane->rule_count, sizeof(*lane->rules));
    lane->waiver_count = waivers == NULL ? 0 : waivers->count;
    lane->waivers = mem_alloc(lane->waiver_count, sizeof(*lane->waivers));
    evidence_init(&lane->evidence);
    const struct scan_kernel *kernel = evaluator->input.kernel;
    record_reader_init(&lane->reader, table->plan, kernel != NULL ? kernel : scan_kernel_best());
    judge_cache_init(&lane->cache, table);
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
    mem_free(&(*lane)->type_records);
    evidence_deinit(&(*lane)->evidence);
    record_reader_deinit(&(*lane)->reader);
    judge_cache_deinit(&(*lane)->cache);
    buf_deinit(&(*lane)->padded);
    mem_free(lane);
}

void eval_lane_merge(struct eval_lane *into, const struct eval_lane *from)
{
    REQUIRE(into->evaluator == from->evaluator);
    for (size_t i = 0; i < into->evaluator->types.count; i++) {
        into->type_records[i] += from->type_records[i];
    }
    for (size_t i = 0; i < into->rule_count; i++) {
        for (size_t j = 0; j < OUTCOME_COUNT; j++) {
            into->rules[i].of[j] += from->rules[i].of[j];
        }
    }
    for (size_t i = 0; i < into->waiver_count; i++) {
        waiver_use_merge(&into->waivers[i], &from->waivers[i]);
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

// What became of one rule on one record.
struct verdict {
    enum outcome outcome;
    const struct waiver *waiver; // of an IGNORED one
};

// The waiver that turns a finding into IGNORED, NULL when it stands.
static const struct waiver *excuse(const struct run *run, size_t rule, const struct record *record)
{
    const struct eval_input *input = &run->evaluator->input;
    const struct waiver *waiver = eval_waiver_for(input->waivers, input->rules->set.rules[rule].id,
                                                  record->resource_id, input->as_of_ms);
    if (waiver != NULL) {
        waiver_use_count(&run->lane->waivers[waiver - input->waivers->items], rule,
                         run->lane->records);
    }
    return waiver;
}

static void report_finding(const struct run *run, const struct rule *rule,
                           const struct record *record, struct verdict verdict)
{
    const struct finding finding = {
        .outcome = verdict.outcome,
        .rule = (size_t)(rule - run->evaluator->input.rules->set.rules),
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
        .waiver_id = verdict.waiver != NULL ? verdict.waiver->id : "",
        .evidence = verdict.outcome == OUTCOME_COMPLIANT ? NULL : &run->lane->evidence,
    };
    run->sink->on_finding(run->sink->context, &finding);
}

// What becomes of a rule that nobody wants to hear of: a count.
static void count_rule(const struct run *run, const struct active_rule *rule,
                       const struct judge *judge)
{
    static const enum outcome OUTCOMES[] = {
        [TRUTH_FALSE] = OUTCOME_NON_COMPLIANT,
        [TRUTH_UNKNOWN] = OUTCOME_INSUFFICIENT_DATA,
        [TRUTH_TRUE] = OUTCOME_COMPLIANT,
    };
    enum truth truth = rule->clause != NULL ? clause_judge(rule->clause, judge)
                                            : condition_truth(rule->condition, judge);
    run->lane->rules[rule->index].of[OUTCOMES[truth]]++;
}

static void run_rule(const struct run *run, size_t index, const struct record *record,
                     const struct judge *judge)
{
    const struct eval_rules *rules = run->evaluator->input.rules;
    const struct rule *rule = &rules->set.rules[index];
    struct eval_lane *lane = run->lane;
    struct evidence *evidence = run->sink != NULL ? &lane->evidence : NULL;
    struct verdict verdict = {.outcome = eval_rules_judge(rules, index, record, judge, evidence)};
    if (verdict.outcome == OUTCOME_NON_COMPLIANT) {
        verdict.waiver = excuse(run, index, record);
        verdict.outcome = verdict.waiver != NULL ? OUTCOME_IGNORED : OUTCOME_NON_COMPLIANT;
    }
    lane->rules[index].of[verdict.outcome]++;
    if (run->sink != NULL && verdict.outcome != OUTCOME_NOT_APPLICABLE) {
        report_finding(run, rule, record, verdict);
    }
}

static void show_record(const struct run *run, const struct record *record)
{
    const struct eval_resource resource = {.account_id = record->account_id,
                                           .resource_type = record->resource_type,
                                           .resource_id = record->resource_id,
                                           .at = run->at};
    if (run->sink != NULL && run->sink->on_record != NULL) {
        run->sink->on_record(run->sink->context, &resource);
    }
}

// The rules that are for the record's type.
static void run_rules(const struct run *run, const struct record *record, const struct judge *judge)
{
    const struct type_table *types = &run->evaluator->types;
    size_t type = type_table_find(types, record->resource_type);
    run->lane->records++;
    show_record(run, record);
    if (type == TYPE_NONE) {
        return;
    }
    run->lane->type_records[type]++;
    bool is_counted_only = run->sink == NULL && run->lane->waiver_count == 0;
    for (size_t i = 0; i < types->types[type].count; i++) {
        const struct active_rule *rule = &run->evaluator->active[types->types[type].rules[i]];
        if (is_counted_only && !rule->is_scoped && rule->condition != NULL) {
            count_rule(run, rule, judge);
        } else {
            run_rule(run, rule->index, record, judge);
        }
    }
}

static size_t count_blanks(struct span line)
{
    size_t blanks = 0;
    while (blanks < line.len && (line.bytes[blanks] == ' ' || line.bytes[blanks] == '\t' ||
                                 line.bytes[blanks] == '\r')) {
        blanks++;
    }
    return blanks;
}

// The slow way: a tree of the record, and each clause judged anew. It also says why a line is no
// record.
static void run_tree(const struct run *run, struct span line)
{
    struct record record;
    struct err err = ERR_INIT;
    if (record_parse(line.bytes, line.len, &record, &err) != ERR_OK) {
        run->lane->bad_lines++;
        struct diag_place place = {.line = (size_t)run->at.line};
        diags_add(run->problems, DIAG_ERROR, "inventory.record", place, "%s", err.message);
        return;
    }
    const struct judge judge = {.subject = record_subject(&record, run->evaluator->input.as_of_ms)};
    run_rules(run, &record, &judge);
    record_deinit(&record);
}

// The fast way: a tape of the record, and each clause judged once.
static void run_tape(const struct run *run, struct span line)
{
    struct eval_lane *lane = run->lane;
    struct record record;
    if (!record_reader_read(&lane->reader, line, &record)) {
        run_tree(run, line);
        return;
    }
    const struct judge judge = {.subject = record_subject(&record, run->evaluator->input.as_of_ms),
                                .cache = &lane->cache};
    judge_cache_begin(&lane->cache, lane->reader.picks);
    run_rules(run, &record, &judge);
}

// A copy of a line behind which too little can be read.
static struct span pad(struct eval_lane *lane, struct span line)
{
    static const char PADDING[SCAN_PADDING];
    buf_reset(&lane->padded);
    (void)buf_append(&lane->padded, line.bytes, line.len);
    (void)buf_append(&lane->padded, PADDING, SCAN_PADDING);
    return (struct span){lane->padded.data, line.len};
}

static void run_line(const struct run *run, struct span line, size_t bytes_behind)
{
    if (run->evaluator->input.engine == EVAL_ENGINE_TREE || line.len > LIMIT_RECORD_BYTES) {
        run_tree(run, line);
    } else {
        run_tape(run, bytes_behind < SCAN_PADDING ? pad(run->lane, line) : line);
    }
}

void evaluator_run_block(const struct evaluator *evaluator, struct eval_lane *lane,
                         const struct eval_block *block, const struct eval_sink *sink,
                         struct diags *problems)
{
    struct run run = {.evaluator = evaluator, .lane = lane, .sink = sink, .problems = problems};
    size_t index = 0;
    for (size_t at = 0; at < block->len; index++) {
        const char *line = block->bytes + at;
        const char *end = memchr(line, '\n', block->len - at);
        size_t line_len = end == NULL ? block->len - at : (size_t)(end - line);
        struct span span = {line, line_len};
        size_t blanks = count_blanks(span);
        run.at = (struct record_origin){.line = block->first_line + index,
                                        .offset = block->first_offset + at + blanks};
        if (block->origins != NULL) {
            run.at = block->origins[index];
        }
        if (blanks == line_len) {
            lane->blank_lines++;
        } else {
            run_line(&run, span, block->len - at - line_len);
        }
        at += line_len + 1;
    }
}
