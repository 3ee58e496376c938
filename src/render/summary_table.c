// SPDX-License-Identifier: MIT
#include "summary_table.h"

#include "base/mem.h"
#include "catalog_position.h"
#include "render/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    SCORE_COLUMNS = 8, // "100.00 %"
    INDENT_COLUMNS = 2,
    INDENT_LEVELS_MAX = 8, // deeper ones are not indented further
    NAME_BYTES_MAX = 64 * 1024,
    NUMBER_BYTES = 24,
};

static const char TOTAL_NAME[] = "Whole pack";

struct outcome_column {
    const char *title;
    const char *color; // of a count that is not zero
    enum outcome outcome;
    bool always;
};

static const struct outcome_column COLUMNS[] = {
    {"Compliant", SUMMARY_GREEN, OUTCOME_COMPLIANT, true},
    {"Failing", SUMMARY_RED, OUTCOME_NON_COMPLIANT, true},
    {"Waived", SUMMARY_YELLOW, OUTCOME_IGNORED, false},
    {"Manual", "", OUTCOME_MANUAL, false},
    {"No data", SUMMARY_YELLOW, OUTCOME_INSUFFICIENT_DATA, false},
    {"Error", SUMMARY_RED, OUTCOME_ERROR, false},
    {"N/A", "", OUTCOME_NOT_APPLICABLE, false},
};
_Static_assert(ARRAY_LEN(COLUMNS) == OUTCOME_COUNT, "one column per outcome");

struct table {
    const struct report *report;
    struct summary_style style;
    size_t *ordinals;
    size_t rows; // catalogues shown
    size_t name_columns;
};

void summary_paint(struct buf *out, struct summary_style style, const char *color)
{
    if (style.color && color[0] != '\0') {
        (void)buf_append_format(out, "\x1b[%sm", color);
    }
}

void summary_unpaint(struct buf *out, struct summary_style style, const char *color)
{
    if (style.color && color[0] != '\0') {
        (void)buf_append_text(out, "\x1b[0m");
    }
}

static void append_blanks(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_char(out, ' ');
    }
}

void summary_append_fitted(struct buf *out, const char *text, size_t columns, bool pad)
{
    REQUIRE(columns > 0);
    struct buf printable;
    buf_init(&printable, NAME_BYTES_MAX);
    utf8_append_printable(&printable, text);
    const char *whole = buf_text(&printable);
    size_t used = utf8_columns(whole);
    if (used <= columns) {
        (void)buf_append_text(out, whole);
    } else {
        (void)buf_append(out, whole, utf8_fit(whole, columns - 1, &used));
        (void)buf_append_text(out, "…");
        used++;
    }
    append_blanks(out, pad ? columns - used : 0);
    buf_deinit(&printable);
}

void summary_append_percent(struct buf *out, struct score score, int columns)
{
    char text[NUMBER_BYTES] = "-";
    int basis_points = score_basis_points(score);
    if (basis_points >= 0) {
        (void)snprintf(text, sizeof(text), "%d.%02d %%", basis_points / 100, basis_points % 100);
    }
    (void)buf_append_format(out, "%*s", columns, text);
}

static uint64_t sum_of(const struct outcome_counts *counts)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        sum += counts->of[i];
    }
    return sum;
}

static bool is_shown(const struct table *table, const struct outcome_column *column)
{
    return column->always || table->report->item_counts.of[column->outcome] > 0;
}

static size_t indent_of(const struct table *table, size_t index)
{
    size_t depth = table->report->pack->catalogs[index].depth;
    return INDENT_COLUMNS * (depth < INDENT_LEVELS_MAX ? depth : INDENT_LEVELS_MAX);
}

// The name, or the position when there is none.
static void append_name(const struct table *table, size_t index, struct buf *name)
{
    const struct catalog *catalog = &table->report->pack->catalogs[index];
    if (catalog->name[0] != '\0') {
        utf8_append_printable(name, catalog->name);
    } else {
        catalog_append_position(table->report->pack, table->ordinals, index, name);
    }
}

static size_t widest_name(const struct table *table)
{
    size_t widest = strlen(TOTAL_NAME);
    struct buf name;
    buf_init(&name, NAME_BYTES_MAX);
    for (size_t i = 0; i < table->rows; i++) {
        buf_reset(&name);
        append_name(table, i, &name);
        size_t columns = utf8_columns(buf_text(&name));
        columns = indent_of(table, i) + (columns > 0 ? columns : 1); // a name may show nothing
        widest = columns > widest ? columns : widest;
    }
    buf_deinit(&name);
    return widest < SUMMARY_NAME_COLUMNS_MAX ? widest : SUMMARY_NAME_COLUMNS_MAX;
}

static void append_heading(struct buf *out, const struct table *table)
{
    summary_paint(out, table->style, SUMMARY_BOLD);
    summary_append_fitted(out, "Catalogue", table->name_columns, true);
    (void)buf_append_text(out, "   Items");
    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++) {
        if (is_shown(table, &COLUMNS[i])) {
            (void)buf_append_format(out, "  %6s", COLUMNS[i].title);
        }
    }
    (void)buf_append_format(out, "  %*s", SCORE_COLUMNS, "Score");
    summary_unpaint(out, table->style, SUMMARY_BOLD);
    (void)buf_append_char(out, '\n');
}

static void append_numbers(struct buf *out, const struct table *table,
                           const struct outcome_counts *counts, struct score score)
{
    (void)buf_append_format(out, "  %6" PRIu64, sum_of(counts));
    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++) {
        if (!is_shown(table, &COLUMNS[i])) {
            continue;
        }
        uint64_t count = counts->of[COLUMNS[i].outcome];
        size_t title = strlen(COLUMNS[i].title);
        const char *color = count == 0 ? SUMMARY_DIM : COLUMNS[i].color;
        (void)buf_append_text(out, "  ");
        summary_paint(out, table->style, color);
        (void)buf_append_format(out, "%*" PRIu64, title > 6 ? (int)title : 6, count);
        summary_unpaint(out, table->style, color);
    }
    (void)buf_append_text(out, "  ");
    summary_append_percent(out, score, SCORE_COLUMNS);
    (void)buf_append_char(out, '\n');
}

static void append_catalogs(struct buf *out, const struct table *table)
{
    struct buf name;
    buf_init(&name, NAME_BYTES_MAX);
    for (size_t i = 0; i < table->rows; i++) {
        size_t indent = indent_of(table, i);
        buf_reset(&name);
        append_name(table, i, &name);
        append_blanks(out, indent);
        summary_append_fitted(out, buf_text(&name), table->name_columns - indent, true);
        const struct report_catalog *catalog = &table->report->catalogs[i];
        append_numbers(out, table, &catalog->items, catalog->scores.by_count);
    }
    size_t hidden = table->report->catalog_count - table->rows;
    if (hidden > 0) {
        (void)buf_append_format(out, "… and %zu more catalogues, all in report.json\n", hidden);
    }
    buf_deinit(&name);
}

void summary_append_table(struct buf *out, struct summary_style style, const struct report *report)
{
    REQUIRE(report->catalog_count == report->pack->catalog_count);
    size_t rows = report->catalog_count;
    struct table table = {
        .report = report,
        .style = style,
        .ordinals = catalog_ordinals(report->pack),
        .rows = rows < SUMMARY_CATALOGS_MAX ? rows : SUMMARY_CATALOGS_MAX,
    };
    table.name_columns = widest_name(&table);
    append_heading(out, &table);
    append_catalogs(out, &table);
    summary_paint(out, style, SUMMARY_BOLD);
    summary_append_fitted(out, TOTAL_NAME, table.name_columns, true);
    summary_unpaint(out, style, SUMMARY_BOLD);
    append_numbers(out, &table, &report->item_counts, report->scores.by_count);
    mem_free(&table.ordinals);
}
