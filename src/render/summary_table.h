// SPDX-License-Identifier: MIT
//
// Parts of the terminal summary: colours, fitted texts, and the table of catalogues. Pure.
// Thread: any.
#pragma once

#include "base/buf.h"
#include "domain/report.h"

#include <stdbool.h>
#include <stddef.h>

// SGR parameters of ECMA-48.
#define SUMMARY_BOLD   "1"
#define SUMMARY_DIM    "2"
#define SUMMARY_RED    "31"
#define SUMMARY_GREEN  "32"
#define SUMMARY_YELLOW "33"

struct summary_style {
    bool color;
};

// Begins and ends a colour; nothing without colours or with an empty one.
void summary_paint(struct buf *out, struct summary_style style, const char *color);
void summary_unpaint(struct buf *out, struct summary_style style, const char *color);

// Appends a text from outside, made printable, cut with "…" to `columns` and, with `pad`, filled
// with blanks up to them.
void summary_append_fitted(struct buf *out, const char *text, size_t columns, bool pad);

// "86.67 %", or "-" when there is no score.
void summary_append_percent(struct buf *out, struct score score, int columns);

// The table of catalogues with the pack's row at the end. Outcomes that no check item has get no
// column; at most SUMMARY_CATALOGS_MAX rows are shown, and the rest is counted.
enum { SUMMARY_CATALOGS_MAX = 200, SUMMARY_NAME_COLUMNS_MAX = 44 };
void summary_append_table(struct buf *out, struct summary_style style, const struct report *report);
