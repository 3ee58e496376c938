// SPDX-License-Identifier: MIT
#include "history_record.h"

#include "job_record.h"
#include "parts.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

// What the first line has before the job's record.
enum { AT_OUTCOME, AT_ENDED, AT_STEP, HEAD_FIELDS };

// The fields of the record that are told, and as what; the others are not.
static const struct {
    enum job_record_field field;
    const char *name;
} told[] = {
    {JOB_RECORD_FENCE, "fence"},          {JOB_RECORD_OWNER, "worker"},
    {JOB_RECORD_ATTEMPTS, "attempts"},    {JOB_RECORD_CRASHES, "crashes"},
    {JOB_RECORD_ACCEPTED, "accepted_at"}, {JOB_RECORD_STARTED, "started_at"},
    {JOB_RECORD_ACCOUNT, "account_id"},   {JOB_RECORD_PACK, "pack_id"},
    {JOB_RECORD_REQUEST, "request_id"},
};

enum { FIRST_LINE_PAIRS = HEAD_FIELDS + ARRAY_LEN(told) + 2 };

static void add(struct history_record *record, const char *name, const char *value)
{
    record->pairs[record->count++] = (struct queue_pair){.name = name, .value = value};
}

static void add_failures(struct history_record *record, const struct job_record *job)
{
    const unsigned failures[] = {job->job.transient, job->job.throttled};
    static const char *const names[] = {"transient", "throttled"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(record->counts[i], sizeof(record->counts[i]), "%u", failures[i]);
        add(record, names[i], record->counts[i]);
    }
}

// Nothing when the line is none of ours; false then.
static bool add_first_line(struct history_record *record, char *line)
{
    struct span parts[HEAD_FIELDS + JOB_RECORD_FIELDS];
    char *fields[ARRAY_LEN(parts)];
    if (!parts_split(span_of(line), '|', parts, ARRAY_LEN(parts))) {
        return false;
    }
    struct job_record job;
    if (!job_record_parse("", parts[HEAD_FIELDS].bytes, &job)) {
        job = (struct job_record){.progress_done = 0}; // no failures are told of it
    }
    (void)parts_cut(line, '|', fields, ARRAY_LEN(fields)); // as many as before
    add(record, "outcome", fields[AT_OUTCOME]);
    add(record, "step", fields[AT_STEP]);
    add(record, "ended_at", fields[AT_ENDED]);
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        add(record, told[i].name, fields[HEAD_FIELDS + told[i].field]);
    }
    add_failures(record, &job);
    return true;
}

static size_t count_lines(const char *text)
{
    size_t lines = 1;
    for (const char *c = text; *c != '\0'; c++) {
        lines += *c == '\n' ? 1 : 0;
    }
    return lines;
}

void history_record_init(struct history_record *record, const char *text)
{
    *record = (struct history_record){.count = 0};
    record->text = mem_text(text);
    record->pairs = mem_alloc(count_lines(text) + FIRST_LINE_PAIRS, sizeof(*record->pairs));
    char *rest = record->text;
    if (!add_first_line(record, strsep(&rest, "\n"))) {
        return;
    }
    while (rest != NULL) {
        char *value = strsep(&rest, "\n");
        const char *name = strsep(&value, " ");
        if (value != NULL) {
            add(record, name, value);
        }
    }
}

void history_record_deinit(struct history_record *record)
{
    mem_free(&record->pairs);
    mem_free(&record->text);
}
