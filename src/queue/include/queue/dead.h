// SPDX-License-Identifier: MIT
//
// Dead letters: jobs that failed in their last attempt, or took too many workers with them. They
// are kept with the cause until somebody retries or drops them, or there are more than dead_max.
// Results come by callback, never before the call has returned; structs are valid during it; errors
// as in queue/queue.h. Thread: the loop's.
#pragma once

#include "queue/queue.h"
#include "queue/status.h"

enum { QUEUE_DEAD_PAGE_MAX = 64 };

struct queue_dead_letter {
    char report_id[TEXT_ID_MAX + 1];
    char account_id[REQUEST_ACCOUNT_MAX + 1]; // "" when the job's record could not be read
    char pack_id[SUBJECT_BYTES];              // the same
    char code[64];
    char message[QUEUE_TEXT_BYTES];
    char step[QUEUE_STEP_BYTES];
    unsigned attempts;
    unsigned transient; // of them, as in queue_report_record
    unsigned throttled;
    unsigned crashes;
    int64_t accepted_at_ms;
    int64_t died_at_ms;
};

struct queue_dead_page {
    struct queue_dead_letter letters[QUEUE_DEAD_PAGE_MAX];
    size_t count;
    uint64_t total; // dead letters in all
};
typedef void (*queue_dead_page_cb)(void *context, const struct queue_dead_page *page,
                                   const struct err *err);
// The letters behind the first `skip`, the youngest first.
void queue_list_dead(struct queue *queue, uint64_t skip, queue_dead_page_cb callback,
                     void *context);

// All fields of one letter (docs/redis.md); count 0 when there is none.
void queue_get_dead(struct queue *queue, const char *report_id, queue_pairs_cb callback,
                    void *context);

enum queue_dead_action { QUEUE_DEAD_RETRY, QUEUE_DEAD_DROP };

enum queue_dead_end {
    // Ready again: attempts, their classes and crashes at 0, no deadline, pack CREATING; the account's
    // cap does not count for it.
    QUEUE_DEAD_RETRIED,
    QUEUE_DEAD_DROPPED,    // gone; report and history stay as they are
    QUEUE_DEAD_NONE,       // no such dead letter
    QUEUE_DEAD_BUSY,       // retry: another report of its pack is in the making; nothing was done
    QUEUE_DEAD_UNREADABLE, // retry: its record is none; it can only be dropped
};

struct queue_dead_result {
    enum queue_dead_end end;
    char account_id[REQUEST_ACCOUNT_MAX + 1]; // "" when not known
    char pack_id[SUBJECT_BYTES];
    char busy_with[TEXT_ID_MAX + 1]; // busy: the ReportId in the making
};
typedef void (*queue_dead_cb)(void *context, const struct queue_dead_result *result,
                              const struct err *err);
// One step. Repeated after ERR_UNCERTAIN it may say NONE of what the first call has done.
void queue_settle_dead(struct queue *queue, const char *report_id, enum queue_dead_action action,
                       queue_dead_cb callback, void *context);
