// SPDX-License-Identifier: MIT
#include "record_view.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "worker/making.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BAR_CELLS = 24, FILES_MAX = 64, SUMMARY_BYTES = 16 * 1024 * 1024 };

void record_view_put_text(json_t *object, const char *name, const char *value)
{
    if (value[0] != '\0') {
        (void)json_object_set_new(object, name, json_string(value));
    }
}

void record_view_put_subject(json_t *object, const char *subject)
{
    char aggregator_id[TEXT_ID_MAX + 1];
    subject_aggregator(subject, aggregator_id);
    record_view_put_text(object, "AggregatorId", aggregator_id);
    record_view_put_text(object, "CompliancePackId", subject_pack(subject));
}

void record_view_put_time(json_t *object, const char *name, int64_t unix_ms)
{
    if (unix_ms > 0) {
        char text[TEXT_TIME_BYTES];
        text_time(unix_ms, text);
        (void)json_object_set_new(object, name, json_string(text));
    }
}

// The job behind a report that is CREATING.
static json_t *job_json(const struct queue_report_record *record)
{
    json_t *job = json_object();
    record_view_put_text(job, "place", record->place);
    record_view_put_text(job, "step", record->step);
    record_view_put_text(job, "worker", record->worker);
    record_view_put_text(job, "lastError", record->last_error);
    if (record->is_cancelled) {
        (void)json_object_set_new(job, "cancelling", json_true());
    }
    (void)json_object_set_new(job, "attempts", json_integer(record->attempts));
    (void)json_object_set_new(job, "transient", json_integer(record->transient));
    (void)json_object_set_new(job, "throttled", json_integer(record->throttled));
    (void)json_object_set_new(job, "crashes", json_integer(record->crashes));
    (void)json_object_set_new(job, "waits", json_integer(record->waits));
    if (record->progress_total > 0) {
        (void)json_object_set_new(job, "progressDone", json_integer(record->progress_done));
        (void)json_object_set_new(job, "progressTotal", json_integer(record->progress_total));
    }
    return job;
}

static json_t *complete_json(const struct queue_report_record *record)
{
    json_t *complete = json_object();
    record_view_put_text(complete, "ReportId", record->complete_report_id);
    record_view_put_text(complete, "location", record->location);
    record_view_put_time(complete, "time", record->complete_at_ms);
    json_t *summary = json_loads(record->summary, 0, NULL);
    if (summary != NULL) {
        (void)json_object_set_new(complete, "summary", summary);
    }
    return complete;
}

json_t *record_view_json(const struct queue_report_record *record)
{
    json_t *object = json_object();
    record_view_put_text(object, "AccountId", record->account_id);
    record_view_put_subject(object, record->pack_id);
    record_view_put_text(object, "ReportStatus", report_status_text(record->status));
    record_view_put_text(object, "ReportId", record->report_id);
    record_view_put_text(object, "Code", record->code);
    record_view_put_text(object, "Message", record->message);
    record_view_put_text(object, "paused", record->paused);
    record_view_put_time(object, "acceptedAt", record->accepted_at_ms);
    record_view_put_time(object, "endedAt", record->ended_at_ms);
    if (record->place[0] != '\0') {
        (void)json_object_set_new(object, "job", job_json(record));
    }
    if (record->complete_report_id[0] != '\0') {
        (void)json_object_set_new(object, "complete", complete_json(record));
    }
    return object;
}

static void print_line(const char *name, const char *value)
{
    if (value[0] != '\0') {
        (void)printf("%-14s %s\n", name, value);
    }
}

static void print_time(const char *name, int64_t unix_ms)
{
    if (unix_ms > 0) {
        char text[TEXT_TIME_BYTES];
        text_time(unix_ms, text);
        print_line(name, text);
    }
}

// "5", and in brackets how those of them ended that failed.
static void print_attempts(const struct queue_report_record *record)
{
    const struct {
        const char *name;
        unsigned count;
    } ends[] = {{"failed", record->transient},
                {"turned away by the service", record->throttled},
                {"went down with the worker", record->crashes}};
    const char *between = " (";
    (void)printf("%-14s %u", "attempts", record->attempts);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        if (ends[i].count > 0) {
            (void)printf("%s%u %s", between, ends[i].count, ends[i].name);
            between = ", ";
        }
    }
    (void)puts(strcmp(between, ", ") == 0 ? ")" : "");
    if (record->waits > 0) {
        (void)printf("%-14s %u times, for a service or a store that was away\n", "put off",
                     record->waits);
    }
}

static void print_count(const json_t *summary, const char *member, const char *name)
{
    const json_t *value = json_object_get(summary, member);
    if (json_is_integer(value)) {
        (void)printf("%-14s %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(value));
    }
}

static void print_summary(const struct queue_report_record *record)
{
    json_t *summary = json_loads(record->summary, 0, NULL);
    if (summary == NULL) {
        return;
    }
    print_count(summary, "accounts", "accounts");
    print_count(summary, "accountsWithoutInventory", "  no inventory");
    print_count(summary, "resources", "resources");
    print_count(summary, "checkItems", "check items");
    print_count(summary, "compliant", "  compliant");
    print_count(summary, "nonCompliant", "  non-compliant");
    print_count(summary, "manual", "  manual");
    print_count(summary, "error", "  broken rules");
    print_count(summary, "badLines", "bad lines");
    print_count(summary, "duplicates", "duplicates");
    const json_t *score = json_object_get(summary, "scoreBasisPoints");
    if (json_is_integer(score) && json_integer_value(score) >= 0) {
        (void)printf("%-14s %.2f %%\n", "score", (double)json_integer_value(score) / 100.0);
    }
    json_decref(summary);
}

// In a few lines: what is above them is of a later report, and it is that which was asked about.
static void print_last_complete(const struct queue_report_record *record)
{
    if (record->complete_report_id[0] == '\0') {
        return;
    }
    print_line("last complete", record->complete_report_id);
    print_time("made", record->complete_at_ms);
    print_summary(record);
    print_line("report files", record->location);
}

void record_view_print(const struct queue_report_record *record)
{
    char aggregator_id[TEXT_ID_MAX + 1];
    subject_aggregator(record->pack_id, aggregator_id);
    print_line("account", record->account_id);
    print_line("group", aggregator_id);
    print_line("pack", subject_pack(record->pack_id));
    print_line("status", report_status_text(record->status));
    print_line("report", record->report_id);
    print_line("paused", record->paused);
    print_line("reason", record->code);
    print_line("", record->message);
    print_time("accepted", record->accepted_at_ms);
    print_time("ended", record->ended_at_ms);
    if (record->place[0] != '\0') {
        print_line("job", record->place);
        print_line("step", record->step);
        print_line("worker", record->worker);
        print_attempts(record);
        bool is_dead = strcmp(record->place, "dead") == 0; // of the last error, which stands above
        print_line("last error", is_dead ? "" : record->last_error);
        if (is_dead) {
            (void)printf("%-14s packreport dead retry %s, once the cause is mended\n", "to retry",
                         record->report_id);
        }
        print_line("cancel", record->is_cancelled ? "its worker has been told" : "");
    }
    if (strcmp(record->complete_report_id, record->report_id) == 0) {
        record_view_print_result(record);
    } else {
        print_last_complete(record);
    }
}

static void print_files(const char *folder)
{
    struct file_names names;
    struct err err = ERR_INIT;
    if (file_list(folder, FILES_MAX, &names, &err) != ERR_OK) {
        return; // on another host, perhaps; the location has been printed
    }
    for (size_t i = 0; i < names.count; i++) {
        char *path = file_join(folder, names.names[i]);
        struct stat status;
        if (stat(path, &status) == 0) {
            (void)printf("  %-18s %10lld bytes\n", names.names[i], (long long)status.st_size);
        }
        mem_free(&path);
    }
    file_names_deinit(&names);
}

// The report's own summary, where its folder is within reach.
static bool print_summary_file(const char *folder)
{
    char *path = file_join(folder, MAKING_SUMMARY_FILE);
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, SUMMARY_BYTES);
    bool read = file_read(path, &text, &err) == ERR_OK;
    if (read) {
        (void)printf("%s\n", buf_text(&text));
    }
    buf_deinit(&text);
    mem_free(&path);
    return read;
}

void record_view_print_result(const struct queue_report_record *record)
{
    if (record->complete_report_id[0] == '\0') {
        return;
    }
    if (!print_summary_file(record->location)) {
        print_summary(record);
    }
    print_time("made", record->complete_at_ms);
    print_line("report files", record->location);
    print_files(record->location);
}

// ---- progress

void progress_line_init(struct progress_line *line)
{
    *line = (struct progress_line){.is_terminal = isatty(STDERR_FILENO) != 0};
}

static const char *step_of(const struct queue_report_record *record)
{
    bool is_running = strcmp(record->place, "running") == 0;
    if (record->paused[0] != '\0' && !is_running) {
        return "paused";
    }
    if (strcmp(record->place, "delayed") == 0) {
        return "waiting to retry";
    }
    return record->step[0] != '\0' ? record->step : "queued";
}

static void draw_bar(const struct queue_report_record *record)
{
    unsigned total = record->progress_total > 0 ? record->progress_total : 1;
    unsigned done = record->progress_done < total ? record->progress_done : total;
    unsigned full = done * BAR_CELLS / total;
    (void)fputc('[', stderr);
    for (unsigned i = 0; i < BAR_CELLS; i++) {
        (void)fputc(i < full ? '#' : '.', stderr);
    }
    (void)fprintf(stderr, "] %3u %%", done * 100 / total);
}

void progress_line_show(struct progress_line *line, const struct queue_report_record *record)
{
    const char *step = step_of(record);
    if (line->is_terminal) {
        (void)fprintf(stderr, "\r\033[K%-16s ", step);
        draw_bar(record);
        line->is_drawn = true;
    } else if (strcmp(line->last_step, step) != 0) {
        (void)fprintf(stderr, "%s\n", step);
    }
    (void)text_copy(line->last_step, sizeof(line->last_step), step);
}

void progress_line_end(struct progress_line *line)
{
    if (line->is_drawn) {
        (void)fputs("\r\033[K", stderr);
        line->is_drawn = false;
    }
}
