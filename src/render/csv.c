// SPDX-License-Identifier: MIT
//
// report.csv and accounts.csv: RFC 4180, for a spreadsheet.
#include "render/render.h"

#include "base/limits.h"
#include "base/mem.h"
#include "csv_cell.h"
#include "parts.h"

#include <inttypes.h>
#include <string.h>

enum { REASON_BYTES = LIMIT_SIDE_FILE_BYTES + 64 }; // an attestation, and a few words of ours

// Where the rows go, and what they end with.
struct render_csv_end {
    const struct render_csv_items *items;
    struct buf *out;
};

static void append_evidence_cell(struct buf *out, const struct buf *text)
{
    (void)buf_append_char(out, ',');
    csv_append_text(out, buf_text(text), text->len);
}

void render_csv_header(struct buf *out)
{
    (void)buf_append_text(
        out, "Outcome,Risk,Rule ID,Rule name,Resource ID,Resource name,Resource type,Region,"
             "Account,Inventory line,Inventory offset,Waiver,Property,Operator,Value found,"
             "Value wanted,Reason,Check item ID,Check item,Catalogue\r\n");
}

static void write_rule(const struct finding *finding, struct buf *out)
{
    csv_append_cell(out, span_of(risk_level_text(finding->risk)));
    csv_append_cell(out, span_of(finding->rule_id));
    csv_append_cell(out, span_of(finding->rule_name));
}

static void write_record(const struct finding *finding, struct buf *out)
{
    csv_append_cell(out, finding->resource_id);
    csv_append_cell(out, finding->resource_name);
    csv_append_cell(out, finding->resource_type);
    csv_append_cell(out, finding->region_id);
    csv_append_cell(out, finding->account_id);
    (void)buf_append_format(out, ",%" PRIu64 ",%" PRIu64, finding->line, finding->offset);
}

void render_finding_csv(const struct finding *finding, struct render_parts *parts, struct buf *out)
{
    if (finding->outcome == OUTCOME_COMPLIANT) {
        return;
    }
    (void)buf_append_text(out, outcome_text(finding->outcome));
    parts_append_rule(parts, PARTS_CSV, finding, write_rule, out);
    parts_append_record(parts, PARTS_CSV, finding, write_record, out);
    csv_append_cell(out, span_of(finding->waiver_id));
    const struct evidence *evidence = finding->evidence;
    if (evidence == NULL) {
        (void)buf_append_text(out, ",,,,,");
    } else {
        append_evidence_cell(out, &evidence->property);
        append_evidence_cell(out, &evidence->operator_name);
        append_evidence_cell(out, &evidence->configuration);
        append_evidence_cell(out, &evidence->desired_value);
        append_evidence_cell(out, &evidence->reason);
    }
}

// ---- verdicts without a finding

// Who says so, where no rule does.
static void explain_verdict(const struct report_item *item, struct buf *reason)
{
    if (item->attestation != NULL) {
        (void)buf_append_format(reason, "attested by %s: %s", item->attestation->by,
                                item->attestation->evidence);
    } else if (item->lapsed != NULL) {
        (void)buf_append_format(reason, "the attestation by %s has run out", item->lapsed->by);
    } else {
        (void)buf_append_text(reason, "no rule and no attestation");
    }
}

static void append_verdict(const struct report *report, size_t index, const struct rule *rule,
                           struct span reason, struct render_csv_end end)
{
    const struct report_item *item = &report->items[index];
    (void)buf_append_text(end.out, outcome_text(item->outcome));
    csv_append_cell(end.out, span_of(risk_level_text(item->risk)));
    csv_append_cell(end.out, span_of(rule == NULL ? "" : rule->id));
    csv_append_cell(end.out, span_of(rule == NULL ? "" : rule->name));
    (void)buf_append_text(end.out, ",,,,,,,,,,,,"); // no resource, no waiver, no value
    csv_append_cell(end.out, reason);
    render_csv_end_of_item(end.items, index, end.out);
}

static void append_broken_rules(const struct report *report, size_t index,
                                struct render_csv_end end)
{
    const struct report_item *item = &report->items[index];
    for (size_t i = 0; i < item->rule_count; i++) {
        const struct rule *rule = report->rules[item->rules[i]].rule;
        if (rule->broken) {
            const char *reason = rule->broken_reason == NULL ? "" : rule->broken_reason;
            append_verdict(report, index, rule, span_of(reason), end);
        }
    }
}

void render_verdicts_csv(const struct report *report, const struct render_csv_items *items,
                         struct buf *out)
{
    struct render_csv_end end = {.items = items, .out = out};
    struct buf reason;
    buf_init(&reason, REASON_BYTES);
    for (size_t i = 0; i < report->item_count; i++) {
        const struct report_item *item = &report->items[i];
        if (item->outcome == OUTCOME_COMPLIANT || item->outcome == OUTCOME_NOT_APPLICABLE) {
            continue;
        }
        if (item->source != VERDICT_RULE) {
            buf_reset(&reason);
            explain_verdict(item, &reason);
            append_verdict(report, i, NULL, span_of(buf_text(&reason)), end);
        } else if (item->outcome == OUTCOME_ERROR) {
            append_broken_rules(report, i, end);
        }
    }
    buf_deinit(&reason);
}

// ---- accounts

static void append_number(struct buf *out, uint64_t number)
{
    (void)buf_append_format(out, ",%" PRIu64, number);
}

static void append_score(struct buf *out, struct score score)
{
    int points = score_basis_points(score);
    if (points < 0) {
        (void)buf_append_char(out, ',');
    } else {
        (void)buf_append_format(out, ",%d.%02d", points / 100, points % 100);
    }
}

// Without an inventory nothing is known, which is not the same as none.
static void append_section(struct buf *out, const struct report_section *section)
{
    static const enum outcome SHOWN[] = {
        OUTCOME_COMPLIANT,         OUTCOME_NON_COMPLIANT, OUTCOME_IGNORED,       OUTCOME_MANUAL,
        OUTCOME_INSUFFICIENT_DATA, OUTCOME_ERROR,         OUTCOME_NOT_APPLICABLE};
    csv_append_text(out, section->account_id, strlen(section->account_id));
    if (!section->has_inventory) {
        (void)buf_append_text(out, ",missing,,,,,,,,,,,,\r\n");
        return;
    }
    (void)buf_append_text(out, ",read");
    append_number(out, section->inventory.records);
    append_number(out, section->inventory.bad_lines);
    append_number(out, section->inventory.duplicates);
    for (size_t i = 0; i < ARRAY_LEN(SHOWN); i++) {
        append_number(out, section->item_counts.of[SHOWN[i]]);
    }
    append_score(out, section->scores.by_count);
    append_score(out, section->scores.by_risk);
    (void)buf_append_text(out, "\r\n");
}

void render_accounts_csv(const struct report *report, struct buf *out)
{
    (void)buf_append_text(out,
                          "Account,Inventory,Records,Bad lines,Duplicates,Compliant,Failing,Waived,"
                          "Manual,No data,Error,Not applicable,Score,Score by risk\r\n");
    for (size_t i = 0; i < report->section_count; i++) {
        append_section(out, &report->sections[i]);
    }
}
