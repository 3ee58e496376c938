// SPDX-License-Identifier: MIT
#include "dead_view.h"

#include "base/text.h"
#include "record_view.h"

#include <stdio.h>

json_t *dead_view_json(const struct queue_dead_letter *letter)
{
    json_t *object = json_object();
    record_view_put_text(object, "ReportId", letter->report_id);
    record_view_put_text(object, "AccountId", letter->account_id);
    record_view_put_subject(object, letter->pack_id);
    record_view_put_text(object, "Code", letter->code);
    record_view_put_text(object, "Message", letter->message);
    record_view_put_text(object, "step", letter->step);
    (void)json_object_set_new(object, "attempts", json_integer(letter->attempts));
    (void)json_object_set_new(object, "transient", json_integer(letter->transient));
    (void)json_object_set_new(object, "throttled", json_integer(letter->throttled));
    (void)json_object_set_new(object, "crashes", json_integer(letter->crashes));
    record_view_put_time(object, "acceptedAt", letter->accepted_at_ms);
    record_view_put_time(object, "diedAt", letter->died_at_ms);
    return object;
}

void dead_view_print_head(void)
{
    (void)printf("%-24s  %-19s  %-36s  %-24s  %s\n", "DIED", "ACCOUNT", "PACK", "REPORT", "REASON");
}

void dead_view_print_row(const struct queue_dead_letter *letter)
{
    char died[TEXT_TIME_BYTES];
    text_time(letter->died_at_ms, died);
    (void)printf("%-24s  %-19s  %-36s  %-24s  %s: %s\n", died, letter->account_id, letter->pack_id,
                 letter->report_id, letter->code, letter->message);
}

const char *dead_view_result(enum queue_dead_end end)
{
    switch (end) {
    case QUEUE_DEAD_RETRIED:
        return "retried";
    case QUEUE_DEAD_DROPPED:
        return "dropped";
    case QUEUE_DEAD_NONE:
        return "unknown";
    case QUEUE_DEAD_BUSY:
        return "busy";
    case QUEUE_DEAD_UNREADABLE:
        return "unreadable";
    }
    return "";
}

void dead_view_sentence(const char *report_id, const struct queue_dead_result *result, char *out,
                        size_t out_size)
{
    switch (result->end) {
    case QUEUE_DEAD_RETRIED:
        (void)snprintf(out, out_size, "report %s is in the making again", report_id);
        return;
    case QUEUE_DEAD_DROPPED:
        (void)snprintf(out, out_size, "the dead letter of report %s is gone", report_id);
        return;
    case QUEUE_DEAD_NONE:
        (void)snprintf(out, out_size, "there is no dead letter of a report %s", report_id);
        return;
    case QUEUE_DEAD_BUSY:
        (void)snprintf(out, out_size,
                       "report %s cannot be retried: report %s of the same pack is in the making",
                       report_id, result->busy_with);
        return;
    case QUEUE_DEAD_UNREADABLE:
        (void)snprintf(out, out_size,
                       "report %s cannot be retried: the record of its job cannot be read; it can "
                       "only be dropped",
                       report_id);
        return;
    }
}
