// SPDX-License-Identifier: MIT
#include "answer_view.h"

#include "record_view.h"

#include <stdio.h>

json_t *answer_view_json(const struct queue_answer *answer)
{
    json_t *object = json_pack("{s:s,s:i,s:s,s:b}", "Code", answer_code_text(answer->code),
                               "HttpStatus", answer_code_http_status(answer->code), "RequestId",
                               answer->request_id, "Replayed", answer->replayed);
    if (answer->report_id[0] != '\0') {
        (void)json_object_set_new(object, "ReportId", json_string(answer->report_id));
    }
    if (answer->message[0] != '\0') {
        (void)json_object_set_new(object, "Message", json_string(answer->message));
    }
    return object;
}

json_t *answer_view_record_json(const struct queue_answer_record *record)
{
    json_t *object = answer_view_json(&record->answer);
    record_view_put_text(object, "AccountId", record->account_id);
    record_view_put_text(object, "CompliancePackId", record->pack_id);
    return object;
}

static void print_line(const char *name, const char *value)
{
    if (value[0] != '\0') {
        (void)printf("%-14s %s\n", name, value);
    }
}

void answer_view_print(const struct queue_answer_record *record)
{
    const struct queue_answer *answer = &record->answer;
    print_line("request", answer->request_id);
    print_line("account", record->account_id);
    print_line("pack", record->pack_id);
    print_line("answer", answer_code_text(answer->code));
    print_line("", answer->message);
    print_line("report", answer->report_id);
}
