// SPDX-License-Identifier: MIT
//
// A small report with one of everything, whose counts and scores agree with its findings: six check
// items in a tree of five directories, judged by rules (one of them broken), by an attestation, by
// nobody. Thread: one.
#pragma once

#include "base/buf.h"
#include "domain/finding.h"
#include "domain/report.h"

#include <stddef.h>

enum { SAMPLE_FINDINGS = 5 };

struct sample_report {
    struct report report;
    struct evidence evidence;
    struct finding findings[SAMPLE_FINDINGS];
    char *lines[SAMPLE_FINDINGS]; // as render_finding_ndjson writes them
};

struct sample_report *sample_report_create(void);
void sample_report_destroy(struct sample_report **sample);

// report.json of it.
void sample_report_render(const struct sample_report *sample, struct buf *out);
