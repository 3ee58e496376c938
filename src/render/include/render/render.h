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

// findings.ndjson: one line per finding, members in a fixed order, RFC 8259 JSON.
void render_finding_ndjson(const struct finding *finding, struct buf *out);

// report.csv: RFC 4180 with CRLF and a header row; one row per finding that is not COMPLIANT. A
// cell that a spreadsheet would take for a formula (begins with = + - @ tab or CR, full-width forms
// too) gets a ' in front, numbers apart (OWASP, "CSV Injection").
void render_csv_header(struct buf *out);
void render_finding_csv(const struct finding *finding, struct buf *out);

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
