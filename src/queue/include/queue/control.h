// SPDX-License-Identifier: MIT
//
// What an operator does to the queue while it works: requests taken back, and word to single
// workers.
//
// Word reaches a worker by the stream `control`, on which each worker blocks with a connection of
// its own. Of a cancel it is no more than a nudge: that stands in the job's record, so that a
// worker which missed the word finds out with its next renewal. A drain stands nowhere else: a word
// that got lost has to be said again. A stream and no subscription, because a connection then only
// ever gets what it asked for, nothing is missed while it is made anew, and the same rights
// suffice. Results come by callback, never before the call has returned; errors as in
// queue/queue.h. Thread: the loop's.
#pragma once

#include "queue/queue.h"
#include "queue/status.h"

// ---- taking a request back

enum queue_cancelled {
    QUEUE_CANCEL_DONE,       // over now: CANCELLED
    QUEUE_CANCEL_TOLD,       // it runs; its worker was told, and records the end under its fence
    QUEUE_CANCEL_DEAD,       // a dead letter: the report has FAILED, the job is kept for a retry
    QUEUE_CANCEL_UNREADABLE, // the job's record is none; the next sweep buries it
    QUEUE_CANCEL_ENDED,      // it had ended before
    QUEUE_CANCEL_UNKNOWN,    // nothing is known of such a report
};

struct queue_cancel_result {
    enum queue_cancelled what;
    char report_id[TEXT_ID_MAX + 1];          // "" when there is none
    char account_id[REQUEST_ACCOUNT_MAX + 1]; // "" when it is not known
    char pack_id[SUBJECT_BYTES];              // the same
    char detail[QUEUE_WORKER_ID_BYTES]; // told: the worker; ended: the report's status, or for a
                                        // ReportId the outcome that its history tells
};
typedef void (*queue_cancel_cb)(void *context, const struct queue_cancel_result *result,
                                const struct err *err);

// Either the latest report of a pack (`report_id` NULL), or any by its ReportId (the other two
// NULL). May be repeated: what has ended stays ended, and a worker is told once more.
struct queue_report_name {
    const char *account_id;
    const char *pack_id;
    const char *report_id;
};
void queue_cancel(struct queue *queue, const struct queue_report_name *name,
                  queue_cancel_cb callback, void *context);

// ---- the worker's ear

struct queue_word {
    bool renew;     // renew the leases now: one of the jobs was cancelled
    bool drain;     // take no more work, finish what runs, and end
    bool hand_back; // the same, but what runs is handed back at once
};
typedef void (*queue_word_cb)(void *context, const struct queue_word *word, const struct err *err);

// Waits up to `block_ms` on `connection` (which carries nothing else) for messages, and sums up
// those that are for this worker; none when nothing came. Goes on behind what was read before.
void queue_listen(struct queue *queue, struct redis_connection *connection, int64_t block_ms,
                  queue_word_cb callback, void *context);

// ---- workers

enum { QUEUE_WORKERS_MAX = 256 }; // in one list; those heard of last

struct queue_worker {
    char worker_id[QUEUE_WORKER_ID_BYTES];
    char version[32];
    unsigned jobs;        // that it held at its last heartbeat
    bool is_draining;     // the same
    int64_t heartbeat_ms; // Redis time
    int64_t silent_ms;    // since then
    bool is_silent;       // for a lease of its own and longer: it has died, or is cut off
};
struct queue_worker_list {
    struct queue_worker workers[QUEUE_WORKERS_MAX];
    size_t count;
};
typedef void (*queue_workers_cb)(void *context, const struct queue_worker_list *list,
                                 const struct err *err);
// Of partition 0, where every worker has its heartbeat. The one that was heard of last comes first. A
// worker that ends is off it (queue_leave); one that went silent stays for six leases.
void queue_list_workers(struct queue *queue, queue_workers_cb callback, void *context);

// Workers listen to partition 0 only. Tells a worker to drain, as by SIGTERM; with `hand_back` as by a
// second one. `worker` is NULL when there is none of that name.
typedef void (*queue_told_cb)(void *context, const struct queue_worker *worker,
                              const struct err *err);
void queue_drain_worker(struct queue *queue, const char *worker_id, bool hand_back,
                        queue_told_cb callback, void *context);

// Tells a worker to renew its leases now: a job of it was cancelled in another partition.
void queue_nudge_worker(struct queue *queue, const char *worker_id, queue_told_cb callback,
                        void *context);

// ---- pause and resume

// Claims pass over what is paused; what runs goes on, and requests are admitted. A NULL account
// means everything, a NULL pack the whole account.
struct queue_scope {
    const char *account_id;
    const char *pack_id;
};
struct queue_pause_result {
    bool changed;   // it was not so before
    uint64_t moved; // jobs taken out of the claims' way, or given back to them
};
typedef void (*queue_pause_cb)(void *context, const struct queue_pause_result *result,
                               const struct err *err);
// In bounded steps, in force with the first. After an error the rest is done by claims and sweeps.
void queue_set_paused(struct queue *queue, const struct queue_scope *scope, bool is_paused,
                      queue_pause_cb callback, void *context);

// What is paused: "*", "<account>" or "<account>:<pack>", each with the time since when (ms).
void queue_list_paused(struct queue *queue, queue_pairs_cb callback, void *context);
