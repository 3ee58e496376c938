// SPDX-License-Identifier: MIT
//
// Report to bytes, one file per format. Pure: buffers in, buffers out; who calls decides where
// bytes go. The same content gives the same bytes, generation time, ids and fence apart. Thread:
// any, one buffer per thread.
#pragma once

#include "base/buf.h"
#include "domain/finding.h"
#include "domain/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What the findings of one rule, or of one record, have in common, written out once and copied for
// each of them. Belongs to one thread and to the findings of one run: of a rule set with `rules`
// rules, and of an inventory in which no two records stand at one line and offset. A function that
// takes parts takes NULL as well, and gives the same bytes then.
struct render_parts;
struct render_parts *render_parts_create(size_t rules);
void render_parts_destroy(struct render_parts **parts);

// findings.ndjson: one line per finding, members in a fixed order, RFC 8259 JSON.
void render_finding_ndjson(const struct finding *finding, struct render_parts *parts,
                           struct buf *out);

// report.csv: RFC 4180 with CRLF and a header row; one row per finding that is not COMPLIANT, and behind
// those one per verdict that is neither COMPLIANT nor NOT_APPLICABLE and has no finding. A cell that a spreadsheet would take for a formula (begins with = + - @ tab or CR, full-width forms
// too) gets a ' in front, numbers apart (OWASP, "CSV Injection").
void render_csv_header(struct buf *out);
// The row without its end; nothing for what is COMPLIANT.
void render_finding_csv(const struct finding *finding, struct render_parts *parts, struct buf *out);

// What rows end with: the check items that a rule decides in one pack, at most 100 of them. Read-only once made; any thread.
struct render_csv_items;
struct render_bound {
    size_t rule; // number in the set
    size_t item; // index into pack.items
};
// `bound` in the order in which the items of a rule are to stand. All is copied.
struct render_csv_items *render_csv_items_create(const struct pack *pack, size_t rules,
                                                 const struct render_bound *bound, size_t count);
void render_csv_items_destroy(struct render_csv_items **items);
void render_csv_end_of_rule(const struct render_csv_items *items, size_t rule, struct buf *out);
void render_csv_end_of_item(const struct render_csv_items *items, size_t item, struct buf *out);

// The rows for check items that are attested or MANUAL, and for each broken rule of one that is ERROR.
void render_verdicts_csv(const struct report *report, const struct render_csv_items *items,
                         struct buf *out);

// accounts.csv, of a report over an account group: in the form of report.csv, a header row and one
// row for each member account with its counts and its score.
void render_accounts_csv(const struct report *report, struct buf *out);

// report.json: canonical (members sorted, two blanks of indent, UTF-8, LF): summary, scores with
// their denominators, tree, check items, rules, waivers, inventory problems, provenance digests,
// and `first_findings`: lines from render_finding_ndjson, at most LIMIT_REPORT_FINDINGS of them.
// Ids, times and fence stand in the member `run` alone. The formats are in docs/report.md.
void render_report_json(const struct report *report, const char *const *first_findings,
                        size_t count, struct buf *out);

// manifest.json: name, bytes and SHA-256 of each file of the report, sorted by name, and the
// report's ids.
struct render_file {
    const char *name;
    uint64_t bytes;
    const char *digest; // lower-case hex
};
void render_manifest(const struct report *report, const struct render_file *files, size_t count,
                     struct buf *out);

// A summary table for a terminal: catalogues with counts and scores, then totals. `color` adds ANSI
// colours.
void render_summary_text(const struct report *report, bool color, struct buf *out);
