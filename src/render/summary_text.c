// SPDX-License-Identifier: MIT
//
// The summary for a terminal: what the pack is, the table of catalogues, totals, and the check
// items to look at first.
#include "render/render.h"

#include "base/mem.h"
#include "base/text.h"
#include "domain/request.h"
#include "summary_table.h"
#include "summary_waivers.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    FAILING_SHOWN = 1000,
    LOST_SHOWN = 5,
    TITLE_COLUMNS = 100,
    ITEM_COLUMNS = 60,
    ACCOUNT_COLUMNS = REQUEST_ACCOUNT_MAX,
    PERCENT_COLUMNS = 8, // "100.00 %"
};

struct failing_item {
    const struct report_item *item;
    size_t place; // in the pack, for a stable order
};

// "1 record", "2 records".
static void append_count(struct buf *out, uint64_t count, const char *noun)
{
    (void)buf_append_format(out, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}

static void append_title(struct buf *out, struct summary_style style, const struct pack *pack)
{
    summary_paint(out, style, SUMMARY_BOLD);
    summary_append_fitted(out, pack->name[0] != '\0' ? pack->name : pack->uuid, TITLE_COLUMNS,
                          false);
    if (pack->version[0] != '\0') {
        (void)buf_append_char(out, ' ');
        summary_append_fitted(out, pack->version, ITEM_COLUMNS, false);
    }
    summary_unpaint(out, style, SUMMARY_BOLD);
    (void)buf_append_text(out, "\n\n");
}

// What the report is of, and which one it is. Ids of the run and its time stand in the last line alone.
static void append_run(struct buf *out, const struct report *report)
{
    char made_at[TEXT_TIME_BYTES];
    text_time(report->generated_at_ms, made_at);
    (void)buf_append_text(out, "Pack      ");
    summary_append_fitted(out, report->pack->uuid, TITLE_COLUMNS, false);
    (void)buf_append_format(out, "\nAccount   %s", report->account_id);
    if (report->aggregator_id != NULL) {
        (void)buf_append_format(out, ", account group %s", report->aggregator_id);
    }
    (void)buf_append_format(out, "\nReport    %s of %s\n\n", report->report_id, made_at);
}

// "Score      86.67 %  26 of 30 check items; without waivers 83.33 %"
static void append_score(struct buf *out, const char *label, const char *unit, struct score score,
                         struct score without_waivers)
{
    (void)buf_append_format(out, "%-10s", label);
    summary_append_percent(out, score, 0);
    (void)buf_append_format(out, "  %" PRIu64 " of %" PRIu64 " %s", score.numerator,
                            score.denominator, unit);
    if (without_waivers.numerator != score.numerator ||
        without_waivers.denominator != score.denominator) {
        (void)buf_append_text(out, "; without waivers ");
        summary_append_percent(out, without_waivers, 0);
    }
    (void)buf_append_char(out, '\n');
}

static void append_findings(struct buf *out, const struct outcome_counts *counts)
{
    (void)buf_append_format(out, "%-10s%" PRIu64 " compliant, %" PRIu64 " non-compliant",
                            "Findings", counts->of[OUTCOME_COMPLIANT],
                            counts->of[OUTCOME_NON_COMPLIANT]);
    if (counts->of[OUTCOME_IGNORED] > 0) {
        (void)buf_append_format(out, ", %" PRIu64 " waived", counts->of[OUTCOME_IGNORED]);
    }
    if (counts->of[OUTCOME_INSUFFICIENT_DATA] > 0) {
        (void)buf_append_format(out, ", %" PRIu64 " without enough data",
                                counts->of[OUTCOME_INSUFFICIENT_DATA]);
    }
    (void)buf_append_char(out, '\n');
}

// ", 1 bad line" in yellow; nothing for none.
static void append_fault(struct buf *out, struct summary_style style, uint64_t count,
                         const char *noun)
{
    if (count > 0) {
        summary_paint(out, style, SUMMARY_YELLOW);
        (void)buf_append_text(out, ", ");
        append_count(out, count, noun);
        summary_unpaint(out, style, SUMMARY_YELLOW);
    }
}

// Broken rules of which nobody can say which check items lack their verdict.
static void append_lost_rules(struct buf *out, struct summary_style style,
                              const struct report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->rule_count; i++) {
        if (!rule_is_lost(report->rules[i].rule) || ++count > LOST_SHOWN) {
            continue;
        }
        (void)buf_append_format(out, "%-10s", "Broken");
        summary_paint(out, style, SUMMARY_RED);
        (void)buf_append_text(out, "rule ");
        summary_append_fitted(out, report->rules[i].rule->id, TITLE_COLUMNS, false);
        (void)buf_append_text(out, " may decide any check item: none that it names can be read");
        summary_unpaint(out, style, SUMMARY_RED);
        (void)buf_append_char(out, '\n');
    }
    if (count > LOST_SHOWN) {
        (void)buf_append_format(out, "%-10s… and %zu more\n", "", count - LOST_SHOWN);
    }
}

static void append_inputs(struct buf *out, struct summary_style style, const struct report *report)
{
    (void)buf_append_format(out, "%-10s", "Inventory");
    append_count(out, report->inventory.records, "record");
    if (report->inventory.records == 0) {
        summary_paint(out, style, SUMMARY_YELLOW);
        (void)buf_append_text(out, ", so that nothing was judged");
        summary_unpaint(out, style, SUMMARY_YELLOW);
    }
    append_fault(out, style, report->inventory.bad_lines, "bad line");
    append_fault(out, style, report->inventory.duplicates, "duplicate");
    (void)buf_append_char(out, '\n');
    summary_append_waivers(out, style, report);
    const struct diags *problems = &report->input_problems;
    if (problems->errors + problems->warnings > 0) {
        const char *color = problems->errors > 0 ? SUMMARY_RED : SUMMARY_YELLOW;
        (void)buf_append_format(out, "%-10s", "Problems");
        summary_paint(out, style, color);
        append_count(out, problems->errors, "error");
        (void)buf_append_text(out, ", ");
        append_count(out, problems->warnings, "warning");
        summary_unpaint(out, style, color);
        (void)buf_append_text(out, " in pack, rules, waivers, attestations or inventory\n");
    }
    append_lost_rules(out, style, report);
}

// "100000000000001   12 compliant, 3 failing   80.00 %", or that it has no inventory.
static void append_account(struct buf *out, struct summary_style style,
                           const struct report_section *section)
{
    (void)buf_append_format(out, "  %-*s  ", ACCOUNT_COLUMNS, section->account_id);
    if (!section->has_inventory) {
        summary_paint(out, style, SUMMARY_YELLOW);
        (void)buf_append_text(out, "no inventory");
        summary_unpaint(out, style, SUMMARY_YELLOW);
        (void)buf_append_char(out, '\n');
        return;
    }
    summary_append_percent(out, section->scores.by_count, PERCENT_COLUMNS);
    (void)buf_append_format(out, "  %" PRIu64 " compliant, %" PRIu64 " failing, ",
                            section->item_counts.of[OUTCOME_COMPLIANT],
                            section->item_counts.of[OUTCOME_NON_COMPLIANT]);
    append_count(out, section->inventory.records, "record");
    append_fault(out, style, section->inventory.bad_lines, "bad line");
    append_fault(out, style, section->inventory.duplicates, "duplicate");
    (void)buf_append_char(out, '\n');
}

static void append_accounts(struct buf *out, struct summary_style style,
                            const struct report *report)
{
    if (report->section_count == 0) {
        return;
    }
    (void)buf_append_format(out, "\nAccounts of %s\n", report->aggregator_id);
    for (size_t i = 0; i < report->section_count; i++) {
        append_account(out, style, &report->sections[i]);
    }
}

// The highest risk first, then the most offending resources, then as listed.
static int compare_failing(const void *a, const void *b)
{
    const struct failing_item *left = a;
    const struct failing_item *right = b;
    if (left->item->risk != right->item->risk) {
        return left->item->risk < right->item->risk ? -1 : 1;
    }
    uint64_t left_count = left->item->counts.of[OUTCOME_NON_COMPLIANT];
    uint64_t right_count = right->item->counts.of[OUTCOME_NON_COMPLIANT];
    if (left_count != right_count) {
        return left_count > right_count ? -1 : 1;
    }
    return left->place < right->place ? -1 : 1;
}

static void append_failing_item(struct buf *out, struct summary_style style,
                                const struct report_item *item)
{
    const char *color = item->risk == RISK_HIGH ? SUMMARY_RED : "";
    (void)buf_append_text(out, "  ");
    summary_paint(out, style, color);
    (void)buf_append_format(out, "%-6s", risk_level_text(item->risk));
    summary_unpaint(out, style, color);
    (void)buf_append_text(out, "  ");
    summary_append_fitted(out, item->item->name[0] != '\0' ? item->item->name : item->item->uuid,
                          ITEM_COLUMNS, true);
    if (item->source == VERDICT_ATTESTATION) {
        (void)buf_append_text(out, "  attested\n");
    } else {
        (void)buf_append_text(out, "  ");
        append_count(out, item->counts.of[OUTCOME_NON_COMPLIANT], "finding");
        (void)buf_append_char(out, '\n');
    }
}

static void append_failing(struct buf *out, struct summary_style style, const struct report *report)
{
    struct failing_item *failing = mem_alloc(report->item_count, sizeof(*failing));
    size_t count = 0;
    for (size_t i = 0; i < report->item_count; i++) {
        if (report->items[i].outcome == OUTCOME_NON_COMPLIANT) {
            failing[count++] = (struct failing_item){.item = &report->items[i], .place = i};
        }
    }
    qsort(failing, count, sizeof(*failing), compare_failing);
    if (count > 0) {
        (void)buf_append_text(out, "\nFailing check items, highest risk first\n");
    }
    for (size_t i = 0; i < count && i < FAILING_SHOWN; i++) {
        append_failing_item(out, style, failing[i].item);
    }
    if (count > FAILING_SHOWN) {
        (void)buf_append_format(out, "  … and %zu more\n", count - FAILING_SHOWN);
    }
    mem_free(&failing);
}

void render_summary_text(const struct report *report, bool color, struct buf *out)
{
    struct summary_style style = {.color = color};
    append_title(out, style, report->pack);
    append_run(out, report);
    summary_append_table(out, style, report);
    (void)buf_append_char(out, '\n');
    append_score(out, "Score", "check items", report->scores.by_count,
                 report->scores.by_count_without_waivers);
    append_score(out, "By risk", "risk points", report->scores.by_risk,
                 report->scores.by_risk_without_waivers);
    append_findings(out, &report->finding_counts);
    append_inputs(out, style, report);
    append_accounts(out, style, report);
    append_failing(out, style, report);
}
