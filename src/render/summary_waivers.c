// SPDX-License-Identifier: MIT
#include "summary_waivers.h"

enum { WAIVERS_NAMED = 5, WAIVER_COLUMNS = 40 };

static bool is_in_force(const struct report_waiver *waiver)
{
    return waiver->state == WAIVER_IN_FORCE;
}

static bool has_lapsed(const struct report_waiver *waiver)
{
    return waiver->state == WAIVER_LAPSED;
}

static bool lapses_soon(const struct report_waiver *waiver)
{
    return waiver->lapses_soon;
}

static bool is_unused(const struct report_waiver *waiver)
{
    return waiver->is_unused;
}

static bool is_over_broad(const struct report_waiver *waiver)
{
    return waiver->breadth != WAIVER_NARROW;
}

// What is counted behind those in force, and named below.
static const struct waiver_kind {
    bool (*holds)(const struct report_waiver *waiver);
    const char *counted; // behind the number in the line of counts
    const char *label;
} KINDS[] = {
    {lapses_soon, "of them for less than 30 days", "lapse soon"},
    {has_lapsed, "lapsed", "lapsed"},
    {is_unused, "unused", "unused"},
    {is_over_broad, "over-broad", "over-broad"},
};

static size_t count_of(const struct report *report, bool (*holds)(const struct report_waiver *))
{
    size_t count = 0;
    for (size_t i = 0; i < report->waiver_count; i++) {
        count += holds(&report->waivers[i]) ? 1 : 0;
    }
    return count;
}

static void append_counts(struct buf *out, struct summary_style style, const struct report *report)
{
    (void)buf_append_format(out, "%-10s%zu in force", "Waivers", count_of(report, is_in_force));
    summary_paint(out, style, SUMMARY_YELLOW);
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        size_t count = count_of(report, KINDS[i].holds);
        if (count > 0) {
            (void)buf_append_format(out, ", %zu %s", count, KINDS[i].counted);
        }
    }
    summary_unpaint(out, style, SUMMARY_YELLOW);
    (void)buf_append_char(out, '\n');
}

static void append_names(struct buf *out, const struct report *report,
                         const struct waiver_kind *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < report->waiver_count; i++) {
        const struct report_waiver *waiver = &report->waivers[i];
        if (kind->holds(waiver) && count++ < WAIVERS_NAMED) {
            if (count == 1) {
                (void)buf_append_format(out, "  %-10s  ", kind->label);
            } else {
                (void)buf_append_text(out, ", ");
            }
            summary_append_fitted(out, waiver->waiver->id, WAIVER_COLUMNS, false);
        }
    }
    if (count > WAIVERS_NAMED) {
        (void)buf_append_format(out, " … and %zu more", count - WAIVERS_NAMED);
    }
    if (count > 0) {
        (void)buf_append_char(out, '\n');
    }
}

void summary_append_waivers(struct buf *out, struct summary_style style,
                            const struct report *report)
{
    if (report->waiver_count == 0) {
        return;
    }
    append_counts(out, style, report);
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        append_names(out, report, &KINDS[i]);
    }
}
