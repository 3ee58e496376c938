// SPDX-License-Identifier: MIT
#include "run_engine.h"

#include "base/check.h"

#include <string.h>

static void put_span(struct buf *out, struct span text)
{
    (void)buf_append(out, text.bytes, text.len);
    (void)buf_append_char(out, '|');
}

static void put_buf(struct buf *out, const struct buf *text)
{
    put_span(out, (struct span){buf_text(text), text->len});
}

static void on_finding(void *context, const struct finding *finding)
{
    struct buf *out = context;
    (void)buf_append_format(out, "%llu %llu %s %zu %s|", (unsigned long long)finding->line,
                            (unsigned long long)finding->offset, finding->rule_id, finding->rule,
                            outcome_text(finding->outcome));
    put_span(out, finding->resource_id);
    put_span(out, finding->resource_name);
    put_span(out, finding->resource_type);
    put_span(out, finding->region_id);
    put_span(out, finding->account_id);
    put_span(out, span_of(finding->waiver_id));
    if (finding->evidence != NULL) {
        put_buf(out, &finding->evidence->configuration);
        put_buf(out, &finding->evidence->desired_value);
        put_buf(out, &finding->evidence->operator_name);
        put_buf(out, &finding->evidence->property);
        put_buf(out, &finding->evidence->reason);
    }
    (void)buf_append_char(out, '\n');
}

static void on_record(void *context, const struct eval_resource *resource)
{
    struct buf *out = context;
    (void)buf_append_format(out, "record %llu ", (unsigned long long)resource->at.offset);
    put_span(out, resource->account_id);
    put_span(out, resource->resource_type);
    put_span(out, resource->resource_id);
    (void)buf_append_char(out, '\n');
}

static void put_counts(const struct evaluator *evaluator, const struct eval_lane *lane,
                       struct buf *out)
{
    struct report report = {0};
    evaluator_report(evaluator, lane, 0, &report);
    for (size_t i = 0; i < report.rule_count; i++) {
        for (size_t j = 0; j < OUTCOME_COUNT; j++) {
            (void)buf_append_format(out, "%llu ", (unsigned long long)report.rules[i].counts.of[j]);
        }
    }
    (void)buf_append_format(out, "records %llu bad %llu blank %llu\n",
                            (unsigned long long)report.inventory.records,
                            (unsigned long long)report.inventory.bad_lines,
                            (unsigned long long)report.inventory.blank_lines);
    report_deinit(&report);
}

static void run(const struct evaluator *evaluator, const struct eval_block *block,
                const struct eval_sink *sink, struct buf *out)
{
    struct eval_lane *lane = eval_lane_create(evaluator);
    struct diags problems;
    diags_init(&problems);
    evaluator_run_block(evaluator, lane, block, sink, &problems);
    for (size_t i = 0; i < problems.count; i++) {
        diag_format(&problems.items[i], out);
        (void)buf_append_char(out, '\n');
    }
    put_counts(evaluator, lane, out);
    diags_deinit(&problems);
    eval_lane_destroy(&lane);
}

void run_engine(const struct binding_input *pack, const struct eval_input *input, struct span lines,
                struct buf *out)
{
    struct diags diags;
    diags_init(&diags);
    struct binding *binding = binding_create(pack, &diags);
    const struct binding *bindings[] = {binding};
    struct eval_input bound = *input;
    bound.bindings = bindings;
    bound.binding_count = ARRAY_LEN(bindings);
    struct evaluator *evaluator = evaluator_create(&bound);
    const struct eval_block block = {.bytes = lines.bytes, .len = lines.len, .first_line = 1};
    const struct eval_sink sink = {
        .context = out, .on_finding = on_finding, .on_record = on_record};
    run(evaluator, &block, &sink, out);
    run(evaluator, &block, NULL, out); // outcomes are counted another way then
    evaluator_destroy(&evaluator);
    binding_destroy(&binding);
    diags_deinit(&diags);
}
