// SPDX-License-Identifier: MIT
//
// A report's record as people and programs see it, the same in generate, status, watch and list.
// Private to cli.
#pragma once

#include "queue/status.h"

#include <jansson.h>
#include <stdbool.h>

// All of a record as one JSON object; members that do not apply are absent. The caller frees.
json_t *record_view_json(const struct queue_report_record *record);

// Members of such an object: left out when the text is "", or the instant 0.
void record_view_put_text(json_t *object, const char *name, const char *value);
// AggregatorId, when there is one, and CompliancePackId of a report's subject (domain/subject.h).
void record_view_put_subject(json_t *object, const char *subject);
void record_view_put_time(json_t *object, const char *name, int64_t unix_ms);

// "key   value" lines on standard output, and the result, when the report is complete; of an earlier
// one that is complete the numbers only.
void record_view_print(const struct queue_report_record *record);

// The result of a finished report: summary lines, and the files in its folder.
void record_view_print_result(const struct queue_report_record *record);

// One line on standard error that rewrites itself on a terminal, or a line for each step where
// there is none.
struct progress_line {
    bool is_terminal;
    bool is_drawn;
    char last_step[QUEUE_STEP_BYTES];
};
void progress_line_init(struct progress_line *line);
void progress_line_show(struct progress_line *line, const struct queue_report_record *record);
void progress_line_end(struct progress_line *line);
