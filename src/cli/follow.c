// SPDX-License-Identifier: MIT
#include "follow.h"

#include "alive.h"
#include "base/clock.h"
#include "cli.h"
#include "record_view.h"

#include <stdio.h>
#include <string.h>

// The one asked for has ended when the pack's record says so, or when the pack has moved on to
// another.
static bool has_ended(const struct follow *follow, const struct queue_report_record *record)
{
    if (record->status != REPORT_CREATING) {
        return true;
    }
    return follow->report_id != NULL && strcmp(record->report_id, follow->report_id) != 0;
}

// A later request has taken the pack's record over: what became of the one asked for is in its
// history.
static enum err_kind take_from_history(const struct follow *follow,
                                       struct queue_report_record *record, struct err *err)
{
    json_t *history = NULL;
    if (session_history(follow->session, follow->account_id, follow->report_id, &history, err) !=
        ERR_OK) {
        return err->kind;
    }
    const char *outcome = json_string_value(json_object_get(history, "outcome"));
    const char *code = json_string_value(json_object_get(history, "code"));
    const char *message = json_string_value(json_object_get(history, "message"));
    const char *location = json_string_value(json_object_get(history, "location"));
    struct queue_report_record past = {.status = REPORT_FAILED};
    (void)text_copy(past.account_id, sizeof(past.account_id), follow->account_id);
    (void)text_copy(past.pack_id, sizeof(past.pack_id), follow->pack_id);
    (void)text_copy(past.report_id, sizeof(past.report_id), follow->report_id);
    (void)text_copy(past.code, sizeof(past.code), code != NULL ? code : "");
    (void)text_copy(past.message, sizeof(past.message), message != NULL ? message : "");
    if (outcome != NULL && strcmp(outcome, "cancelled") == 0) {
        past.status = REPORT_CANCELLED;
    } else if (outcome != NULL && strcmp(outcome, "complete") == 0) {
        past.status = REPORT_COMPLETE;
        (void)text_copy(past.complete_report_id, sizeof(past.complete_report_id),
                        follow->report_id);
        (void)text_copy(past.location, sizeof(past.location), location != NULL ? location : "");
    }
    json_decref(history);
    *record = past;
    return ERR_OK;
}

static enum err_kind wait_for_end(const struct follow *follow, struct progress_line *line,
                                  struct queue_report_record *record, struct err *err)
{
    int64_t begin_ms = clock_monotonic_ms();
    int64_t look_at_ms = begin_ms;
    for (;;) {
        enum err_kind kind =
            session_report(follow->session, follow->account_id, follow->pack_id, record, err);
        if (kind != ERR_OK && !err_kind_is_transient(kind)) {
            return kind;
        }
        if (kind == ERR_OK && has_ended(follow, record)) {
            return ERR_OK;
        }
        if (kind == ERR_OK && !follow->quiet) {
            progress_line_show(line, record);
        }
        if (kind == ERR_OK && clock_monotonic_ms() >= look_at_ms) {
            bool is_told = alive_is_nobody(follow->session);
            if (is_told) {
                progress_line_end(line);
                (void)fprintf(stderr, "no worker is alive: the report waits for one\n");
            }
            look_at_ms = is_told ? INT64_MAX : clock_monotonic_ms() + FOLLOW_WORKERS_MS;
        }
        if (follow->timeout_ms > 0 && clock_monotonic_ms() - begin_ms > follow->timeout_ms) {
            return err_set(err, ERR_TIMEOUT, "the report has not ended in time; it goes on");
        }
        session_pause(follow->session, FOLLOW_INTERVAL_MS);
    }
}

enum err_kind follow_report(const struct follow *follow, struct queue_report_record *record_out,
                            struct err *err)
{
    struct progress_line line;
    progress_line_init(&line);
    enum err_kind kind = wait_for_end(follow, &line, record_out, err);
    progress_line_end(&line);
    bool is_another = kind == ERR_OK && follow->report_id != NULL &&
                      strcmp(record_out->report_id, follow->report_id) != 0;
    return is_another ? take_from_history(follow, record_out, err) : kind;
}

int follow_exit_status(const struct queue_report_record *record)
{
    return record->status == REPORT_COMPLETE ? CLI_OK : CLI_NO;
}
