// SPDX-License-Identifier: MIT
//
// GetCompliancePackReport and GetAggregateCompliancePackReport. What the vendor leaves open is so
// here: while a newer report is in the making the last complete one keeps its URL and time; a
// report that failed or was cancelled is NONE, for no other value is known to the vendor's clients,
// and says why in members of ours; a report that lies where no link of this door leads has no URL.
#include "call.h"
#include "caller_text.h"
#include "document.h"
#include "report_link.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "queue/status.h"

#include <stdio.h>

// What the vendor's link leads to is a spreadsheet; so is this.
static const char LINKED_FILE[] = "report.csv";

static const char *vendor_status(enum report_status status)
{
    bool is_known = status == REPORT_CREATING || status == REPORT_COMPLETE;
    return report_status_text(is_known ? status : REPORT_NONE);
}

enum { BASE_BYTES = HTTP_HOST_BYTES_MAX + 16, MS_PER_S = 1000 };

// NULL when the report does not lie in the folder of this door: it was kept nowhere, or by a daemon whose
// store is another one.
static char *link_to(const struct api_call *call, const char *location)
{
    const struct front_door_config *config = &call->door->config;
    struct report_link link = {.expires_s = (clock_wall_ms() + config->link_ms) / MS_PER_S};
    char base[BASE_BYTES];
    if (!report_link_folder(config->report_root, location, link.folder)) {
        return NULL;
    }
    (void)text_copy(link.file, sizeof(link.file), LINKED_FILE);
    bool is_tls = http_call_incoming(call->http)->is_tls;
    (void)snprintf(base, sizeof(base), "%s://%s", is_tls ? "https" : "http", call->host);
    return report_link_write(&link, config->public_url[0] == '\0' ? base : config->public_url,
                             call->door->link_key);
}

static json_t *report_members(const struct api_call *call, const struct queue_report_record *record)
{
    json_t *report = json_object();
    (void)json_object_set_new(report, "CompliancePackId", json_string(call->entry.request.pack_id));
    (void)json_object_set_new(report, "AccountId",
                              document_account_id(call->entry.request.account_id));
    (void)json_object_set_new(report, "ReportStatus", json_string(vendor_status(record->status)));
    if (record->location[0] != '\0') {
        char *url = link_to(call, record->location);
        if (url != NULL) { // a place on the server is none for a caller
            (void)json_object_set_new(report, "ReportUrl", json_string(url));
        }
        mem_free(&url);
        (void)json_object_set_new(report, "ReportCreateTimestamp",
                                  json_integer(record->complete_at_ms));
    }
    if (record->status == REPORT_FAILED || record->status == REPORT_CANCELLED) {
        (void)json_object_set_new(report, "FailureStatus",
                                  json_string(report_status_text(record->status)));
        (void)json_object_set_new(report, "FailureCode", json_string(record->code));
        struct buf told;
        buf_init(&told, 2 * sizeof(record->message));
        caller_text(&told, record->message);
        (void)json_object_set_new(report, "FailureMessage", json_string(buf_text(&told)));
        buf_deinit(&told);
    }
    return report;
}

static void succeed(struct api_call *call, const struct queue_report_record *record)
{
    json_t *members = json_object();
    (void)json_object_set_new(members, "CompliancePackReport", report_members(call, record));
    api_call_succeed(call, members);
}

static void on_looked_up(void *context, enum pack_presence presence)
{
    struct api_call *call = context;
    if (presence == PACK_ABSENT) {
        api_call_refuse_code(call, ANSWER_PACK_UNKNOWN, "");
        return;
    }
    const struct queue_report_record nothing = {.status = REPORT_NONE};
    succeed(call, &nothing);
}

static void on_report(void *context, const struct queue_report_record *record,
                      const struct err *err)
{
    struct api_call *call = context;
    if (err != NULL) {
        LOG_AT(call->door->parts.log, LOG_WARNING, "api.status_failed",
               LOG_TEXT("request_id", call->request_id), LOG_TEXT("trace_id", call->trace.trace_id),
               LOG_ERR(err));
        api_call_refuse_code(call, ANSWER_UNAVAILABLE, "");
        return;
    }
    enum pack_presence presence;
    const struct account *account =
        account_find(call->door->accounts, call->entry.request.account_id);
    if (record->status != REPORT_NONE) {
        succeed(call, record);
    } else if (account == NULL) { // taken away by a reload meanwhile
        api_call_refuse_code(call, ANSWER_ACCOUNT_UNKNOWN, "");
    } else if (pack_lookup_recall(call->door->packs, account->id, call->entry.request.pack_id,
                                  &presence)) {
        on_looked_up(call, presence);
    } else {
        const struct pack_lookup_question question = {
            .account = account, .pack_id = call->entry.request.pack_id, .trace = &call->trace};
        pack_lookup_ask(call->door->packs, &question, on_looked_up, call);
    }
}

void get_report_run(struct api_call *call)
{
    const char *account_id = call->entry.request.account_id;
    char subject[SUBJECT_BYTES];
    request_subject(&call->entry.request, subject);
    queue_get_report(front_door_queue(call->door, account_id), account_id, subject, on_report,
                     call);
}
