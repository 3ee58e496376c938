// SPDX-License-Identifier: MIT
//
// Reading what the queue knows, for the command line and the front door: answers, report status,
// jobs, history. Reads only. Results come by callback; the structs are valid during it.
// Thread: the loop's.
#pragma once

#include "queue/queue.h"

struct queue_answer_record {
    bool found;
    struct queue_answer answer;
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    char pack_id[TEXT_ID_MAX + 1]; // the CompliancePackId alone
    // Of the request that was answered, which need not be the one that the reader has in mind: a
    // RequestId that was used keeps its first answer. "" in what older versions wrote.
    char fingerprint[REQUEST_FINGERPRINT_BYTES];
};
typedef void (*queue_answer_cb)(void *context, const struct queue_answer_record *record,
                                const struct err *err);
// The recorded answer to a request, by its RequestId (or stream entry id, when it had none).
void queue_get_answer(struct queue *queue, const char *request_id, queue_answer_cb callback,
                      void *context);

struct queue_report_record {
    enum report_status status; // REPORT_NONE when nothing is known
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    char pack_id[SUBJECT_BYTES];
    char report_id[TEXT_ID_MAX + 1]; // of the latest accepted request
    uint64_t fence;                  // of the last attempt that ended a report of the pack; 0: none
    char code[64];                   // why it failed, "" otherwise
    char message[QUEUE_TEXT_BYTES];
    int64_t accepted_at_ms;
    int64_t ended_at_ms; // 0 while CREATING
    char paused[16];     // "everything", "account" or "pack" is paused; "" otherwise
    // the job behind it, while CREATING or a dead letter
    char place[16]; // "ready", "running", "delayed", "held" (paused), "dead"; "" when there is none
    char step[QUEUE_STEP_BYTES];
    unsigned attempts;
    unsigned transient; // attempts that failed for a passing reason
    unsigned throttled; // attempts that an upstream service turned away
    unsigned waits;     // how often it was put off because what it needs was away
    unsigned crashes;   // workers that went silent over it
    unsigned progress_done;
    unsigned progress_total;
    char worker[QUEUE_WORKER_ID_BYTES];
    bool is_cancelled; // its worker has been told, and has not ended it yet
    char last_error[QUEUE_TEXT_BYTES];
    // the last complete report, which a newer failure does not take away
    char complete_report_id[TEXT_ID_MAX + 1];
    char location[QUEUE_TEXT_BYTES];
    char summary[QUEUE_TEXT_BYTES];
    int64_t complete_at_ms;
};
typedef void (*queue_report_cb)(void *context, const struct queue_report_record *record,
                                const struct err *err);
void queue_get_report(struct queue *queue, const char *account_id, const char *pack_id,
                      queue_report_cb callback, void *context);

// All reports known (SCAN in steps, bounded per step): `callback` per report, at the end with record
// NULL and err NULL. In no order; SCAN may give a key twice while Redis resizes its table.
void queue_list_reports(struct queue *queue, const char *account_id_or_null,
                        queue_report_cb callback, void *context);

// What happened to one report (history:<ReportId>): pairs of name and value, one call; count 0 when
// nothing is known. A complete one has `location` and `summary`, also when its pack moved on.
struct queue_pair {
    const char *name;
    const char *value;
};
typedef void (*queue_pairs_cb)(void *context, const struct queue_pair *pairs, size_t count,
                               const struct err *err);
void queue_get_history(struct queue *queue, const char *report_id, queue_pairs_cb callback,
                       void *context);
