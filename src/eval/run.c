// SPDX-License-Identifier: MIT
//
// Inventory through a lane, in blocks or line by line: line -> record -> the rules for its type ->
// findings.
#include "base/limits.h"
#include "condition_tree.h"
#include "lane.h"
#include "outcome_row.h"
#include "rules.h"

// A block, or one line, on its way through a lane.
struct run {
    const struct evaluator *evaluator;
    struct eval_lane *lane;
    const struct eval_sink *sink;
    struct diags *problems;
    struct record_origin at; // where the current line's record stood
    struct buf *row;         // takes the row of the record; NULL: nobody wants it
};

// What became of one rule on one record.
struct verdict {
    enum outcome outcome;
    const struct waiver *waiver; // of an IGNORED one
};

// In the account of each pack that has the rule.
static void count_waiver(const struct run *run, size_t waiver, size_t rule)
{
    struct eval_lane *lane = run->lane;
    for (size_t i = 0; i < lane->binding_count; i++) {
        if (binding_has(run->evaluator->bindings[i], rule)) {
            waiver_use_count(&lane->waivers[i * lane->waiver_count + waiver], rule, lane->records);
        }
    }
}

// The waiver that turns a finding into IGNORED, NULL when it stands.
static const struct waiver *excuse(const struct run *run, size_t rule, const struct record *record)
{
    const struct evaluator *evaluator = run->evaluator;
    const struct waiver *waiver = waiver_index_find(
        evaluator->waivers, eval_rules_set(evaluator->rules)->rules[rule].id, record->resource_id);
    if (waiver != NULL) {
        count_waiver(run, (size_t)(waiver - evaluator->input.waivers->items), rule);
    }
    return waiver;
}

static void report_finding(const struct run *run, const struct rule *rule,
                           const struct record *record, struct verdict verdict)
{
    const struct finding finding = {
        .outcome = verdict.outcome,
        .rule = (size_t)(rule - run->evaluator->rules->set.rules),
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

static void count_outcome(const struct run *run, size_t place, enum outcome outcome)
{
    struct eval_lane *lane = run->lane;
    lane->rules[run->evaluator->active[place].index].of[outcome]++;
    lane->outcomes[place] = (uint8_t)outcome;
}

static const enum outcome OUTCOMES_OF_TRUTHS[] = {
    [TRUTH_FALSE] = OUTCOME_NON_COMPLIANT,
    [TRUTH_UNKNOWN] = OUTCOME_INSUFFICIENT_DATA,
    [TRUTH_TRUE] = OUTCOME_COMPLIANT,
};

// What becomes of a rule that nobody wants to hear of: a count.
static void count_rule(const struct run *run, size_t place, const struct judge *judge)
{
    const struct active_rule *rule = &run->evaluator->active[place];
    enum truth truth;
    if (!judge_knows(judge, rule->slot, &truth)) {
        truth = rule->clause != NULL ? clause_judge(rule->clause, judge)
                                     : condition_truth(rule->condition, judge);
    }
    count_outcome(run, place, OUTCOMES_OF_TRUTHS[truth]);
}

static bool is_wanted(const struct eval_sink *sink, enum outcome outcome)
{
    return outcome != OUTCOME_NOT_APPLICABLE &&
           (outcome != OUTCOME_COMPLIANT || sink->wanted == FINDINGS_ALL);
}

static void run_rule(const struct run *run, size_t place, const struct record *record,
                     const struct judge *judge)
{
    const struct eval_rules *rules = run->evaluator->rules;
    size_t index = run->evaluator->active[place].index;
    const struct rule *rule = &rules->set.rules[index];
    struct eval_lane *lane = run->lane;
    struct evidence *evidence = run->sink != NULL ? &lane->evidence : NULL;
    struct verdict verdict = {.outcome = eval_rules_judge(rules, index, record, judge, evidence)};
    if (verdict.outcome == OUTCOME_NON_COMPLIANT) {
        verdict.waiver = excuse(run, index, record);
        verdict.outcome = verdict.waiver != NULL ? OUTCOME_IGNORED : OUTCOME_NON_COMPLIANT;
    }
    count_outcome(run, place, verdict.outcome);
    if (run->sink != NULL && is_wanted(run->sink, verdict.outcome)) {
        report_finding(run, rule, record, verdict);
    }
}

// Nobody wants to hear of single findings, and nothing excuses one.
static bool is_only_counted(const struct run *run)
{
    return run->sink == NULL && run->lane->waiver_count == 0;
}

// Whether the outcomes of the type's rules with a slot go into a tally.
static bool is_tallied(const struct run *run, size_t type, const struct judge *judge)
{
    return run->evaluator->type_plans[type].is_tallied && judge->cache != NULL;
}

static void count_rules(const struct run *run, size_t type, const struct record *record,
                        const struct judge *judge)
{
    const struct type_rules *rules = &run->evaluator->types.types[type];
    const struct type_plan *plan = &run->evaluator->type_plans[type];
    const struct judge_cache *cache = is_tallied(run, type, judge) ? judge->cache : NULL;
    if (cache != NULL) {
        tally_add(&run->lane->types[type].tally, cache->truths);
    }
    size_t count = cache != NULL ? plan->asked_count : rules->count;
    for (size_t i = 0; i < count; i++) {
        size_t place = cache != NULL ? plan->asked[i] : rules->rules[i];
        const struct active_rule *rule = &run->evaluator->active[place];
        if (!rule->is_scoped && rule->condition != NULL) {
            count_rule(run, place, judge);
        } else {
            run_rule(run, place, record, judge);
        }
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

static void run_type(const struct run *run, size_t type, const struct record *record,
                     const struct judge *judge)
{
    const struct type_rules *rules = &run->evaluator->types.types[type];
    run->lane->types[type].records++;
    if (judge->cache != NULL) {
        agenda_judge(&run->evaluator->type_plans[type].agenda, judge);
    }
    if (is_only_counted(run)) {
        count_rules(run, type, record, judge);
        return;
    }
    for (size_t i = 0; i < rules->count; i++) {
        run_rule(run, rules->rules[i], record, judge);
    }
}

// Notes those outcomes that went into a tally as well.
static void keep_row(const struct run *run, size_t type, const struct judge *judge)
{
    const struct evaluator *evaluator = run->evaluator;
    bool has_tally = type != TYPE_NONE && is_only_counted(run) && is_tallied(run, type, judge);
    const struct judge_cache *cache = has_tally ? judge->cache : NULL;
    if (cache != NULL && evaluator->type_plans[type].asked_count == 0) {
        outcome_row_append_truths(run->lane, type, cache->truths, run->row);
        return;
    }
    if (cache != NULL) {
        const struct type_rules *rules = &evaluator->types.types[type];
        for (size_t i = 0; i < rules->count; i++) {
            const struct active_rule *rule = &evaluator->active[rules->rules[i]];
            enum truth truth;
            if (active_rule_is_in_tally(rule)) {
                INVARIANT(judge_knows(judge, rule->slot, &truth));
                run->lane->outcomes[rules->rules[i]] = (uint8_t)OUTCOMES_OF_TRUTHS[truth];
            }
        }
    }
    outcome_row_append(run->lane, type, run->row);
}

// The rules that are for the record's type.
static void run_rules(const struct run *run, const struct record *record, const struct judge *judge)
{
    size_t type = type_table_find(&run->evaluator->types, record->resource_type);
    run->lane->records++;
    show_record(run, record);
    if (type != TYPE_NONE) {
        run_type(run, type, record, judge);
    }
    if (run->row != NULL) {
        keep_row(run, type, judge);
    }
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
    const struct judge judge = {.subject = record_subject(&record, run->evaluator->as_of_ms)};
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
    const struct judge judge = {.subject = record_subject(&record, run->evaluator->as_of_ms),
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

static void run_line(const struct run *run, const struct eval_line *line)
{
    const struct span text = {line->bytes, line->len};
    if (line->is_blank) {
        run->lane->blank_lines++;
    } else if (run->evaluator->input.engine == EVAL_ENGINE_TREE || line->len > LIMIT_RECORD_BYTES) {
        run_tree(run, text);
    } else {
        run_tape(run, line->bytes_behind < SCAN_PADDING ? pad(run->lane, text) : text);
    }
}

size_t evaluator_run_block(const struct evaluator *evaluator, struct eval_lane *lane,
                           const struct eval_block *block, const struct eval_sink *sink,
                           struct diags *problems)
{
    struct run run = {.evaluator = evaluator, .lane = lane, .sink = sink, .problems = problems};
    struct eval_lines lines = eval_lines(block);
    struct eval_line line;
    while (eval_lines_next(&lines, &line)) {
        run.at = line.at;
        run_line(&run, &line);
    }
    return lines.index;
}

bool evaluator_run_line(const struct evaluator *evaluator, struct eval_lane *lane,
                        const struct eval_line *line, struct buf *row, struct diags *problems)
{
    const struct run run = {
        .evaluator = evaluator, .lane = lane, .problems = problems, .at = line->at, .row = row};
    const uint64_t records_before = lane->records;
    run_line(&run, line);
    return lane->records != records_before;
}
