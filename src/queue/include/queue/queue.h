// SPDX-License-Identifier: MIT
//
// The queue: admission, claims, leases, fencing, recovery. The C side of the five Lua scripts in
// src/queue/scripts, each one atomic step on a whole batch (design section 3). Key layout:
// queue/keys.h and docs/redis.md.
//
// The central invariant: an accepted job is in exactly one of ready, running, delayed, dead until
// it is finished. queue/audit.h checks it. Every write for a job carries owner and fence and is
// refused unless they are current. Times are Redis TIME. Results come by callback, never before the
// call has returned. An error in a callback is ERR_UNAVAILABLE (nothing happened), ERR_UNCERTAIN
// (it may have happened: every script may be repeated with the same arguments, and a repeat changes
// nothing) or ERR_INTERNAL. NOSCRIPT is handled inside (L1). Thread: the loop's.
#pragma once

#include "base/digest.h"
#include "base/err.h"
#include "base/loop.h"
#include "domain/request.h"
#include "redis/connection.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QUEUE_BATCH_MAX = 64,      // entries or jobs in one script call: keeps a script under 5 ms (L4)
    QUEUE_ENTRY_ID_BYTES = 44, // "<ms>-<seq>" of two 64-bit numbers, with NUL
    QUEUE_WORKER_ID_BYTES = 80,
    QUEUE_STEP_BYTES = 24,
    QUEUE_TEXT_BYTES = 1024, // message or location handed to finish
    QUEUE_CRASHES_MAX = 3,   // the default of queue_config.crashes_max
};

struct queue;

struct queue_config {
    const char *prefix;     // "packreport"
    unsigned partition;     // this queue's; 0 while `partitions` is 1
    const char *worker_id;  // unique among living workers: "<host>:<slot>:<boot nonce>"; also the
                            // consumer name
    int64_t lease_ms;       // 10,000
    int64_t token_ttl_ms;   // 24 h, from the end of the job
    int64_t answer_ttl_ms;  // 24 h
    int64_t history_ttl_ms; // 7 d
    uint64_t backlog_max;   // unfinished jobs; past it: ServiceUnavailable, and nothing is taken
    uint64_t events_max;    // length of the event stream
    uint64_t dead_max;      // dead letters kept; the oldest go first
    unsigned crashes_max;   // leases that may run out on one job before it is dead as poison; 0:
                            // QUEUE_CRASHES_MAX
    const char *version;    // shown beside the worker's heartbeat; NULL: none
};

// Copies the config; borrows the connection, which outlives it.
struct queue *queue_create(struct redis_connection *connection, const struct queue_config *config);
void queue_destroy(struct queue **queue); // no call may be outstanding

// Once per connection, before the first admission: creates the stream's group at 0 (S14) and checks
// or writes the number of partitions. ERR_CONFIG when Redis holds another number.
typedef void (*queue_done_cb)(void *context, const struct err *err); // err NULL: done
void queue_prepare(struct queue *queue, unsigned partitions, queue_done_cb callback, void *context);

// ---- admission ---------------------------------------------------------------------------------

struct queue_entry {
    char entry_id[QUEUE_ENTRY_ID_BYTES]; // of the intake stream; "" for a request that came another
                                         // way
    struct request request;
    struct request_verdict verdict;   // not accepted: recorded as the answer, no job
    char request_id[TEXT_ID_MAX + 1]; // the RequestId to answer with: the request's own, else one
                                      // made by the caller
    char report_id[TEXT_ID_MAX +
                   1]; // the ReportId that the job gets if it is accepted; made by the caller
    bool is_wake; // asks for nothing (entry_id alone counts): removed with the batch, no answer is
                  // recorded; the queue_answer in its place has empty ids
};

struct queue_answer {
    enum answer_code code;
    bool replayed; // a ClientToken's first answer again, or an entry that had its answer already
    char request_id[TEXT_ID_MAX + 1];
    char report_id[TEXT_ID_MAX + 1]; // "" unless accepted
    char message[REQUEST_DETAIL_BYTES];
};

struct queue_job {
    char report_id[TEXT_ID_MAX + 1];
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    char pack_id[TEXT_ID_MAX + 1];
    char request_id[TEXT_ID_MAX + 1];
    char language[REQUEST_LANGUAGE_BYTES];
    int64_t deadline_ms;                 // 0 none
    int64_t accepted_at_ms;              // Redis time
    char token_digest[DIGEST_HEX_BYTES]; // of the ClientToken, "" when none was given
    uint64_t fence;
    unsigned attempts; // this one included
};

// `answers` in the order of the entries (none for a claim alone). `jobs` are claimed for this
// worker, lease running.
typedef void (*queue_admit_cb)(void *context, const struct queue_answer *answers,
                               size_t answer_count, const struct queue_job *jobs, size_t job_count,
                               const struct err *err);

// Decides up to QUEUE_BATCH_MAX entries, records each answer, removes the intake entries, and
// claims up to `claim_max` jobs.
void queue_admit(struct queue *queue, const struct queue_entry *entries, size_t count,
                 unsigned claim_max, queue_admit_cb callback, void *context);

// ---- claims and leases -------------------------------------------------------------------------

typedef void (*queue_claim_cb)(void *context, const struct queue_job *jobs, size_t count,
                               const struct err *err);
void queue_claim(struct queue *queue, unsigned max, queue_claim_cb callback, void *context);

enum queue_hold { QUEUE_HELD, QUEUE_LOST, QUEUE_CANCELLED };

struct queue_renewal {
    const char *report_id;
    uint64_t fence;
    const char *step;       // written to the job, shown by status
    unsigned progress_done; // of progress_total; 0 of 0 when not known
    unsigned progress_total;
};
typedef void (*queue_renew_cb)(void *context, const enum queue_hold *holds, size_t count,
                               const struct err *err);
// One call for all jobs held; also this worker's heartbeat (count may be 0). The holds are in the
// order of the renewals.
void queue_renew(struct queue *queue, const struct queue_renewal *renewals, size_t count,
                 queue_renew_cb callback, void *context);

// ---- the end of an attempt ---------------------------------------------------------------------

enum queue_outcome {
    QUEUE_COMPLETE,  // the report is published at `location`
    QUEUE_FAILED,    // permanent: `code` and `message` say why
    QUEUE_RETRY,     // again after `delay_ms`, or dead when attempts reached `attempts_max`
    QUEUE_HAND_BACK, // runnable now by another; this attempt does not count (D4)
};

struct queue_ending {
    const struct queue_job *job; // as it was claimed: names the keys, the fence and the token
    enum queue_outcome outcome;
    const char *code;                // answer code or error kind, "" for complete
    const char *message;             // "" for complete; at most QUEUE_TEXT_BYTES
    const char *upstream_code;       // "" when none
    const char *upstream_request_id; // "" when none
    const char *location;            // complete: where the report lies
    const char *summary;   // complete: a small JSON object (score, counts) for status; "" when none
    const char *step;      // the last step reached
    int64_t delay_ms;      // retry
    unsigned attempts_max; // retry
};

enum queue_finished {
    QUEUE_FINISHED,      // recorded now, or by an earlier call whose reply was lost
    QUEUE_FINISHED_DEAD, // recorded; the job is a dead letter now
    QUEUE_REFUSED, // owner or fence is not current any more: whatever this attempt made is void
};
typedef void (*queue_finish_cb)(void *context, enum queue_finished result,
                                const struct queue_job *jobs, size_t job_count,
                                const struct err *err);
// Ends the attempt and claims up to `claim_max` next jobs in the same step.
void queue_finish(struct queue *queue, const struct queue_ending *ending, unsigned claim_max,
                  queue_finish_cb callback, void *context);

// ---- recovery ----------------------------------------------------------------------------------

struct queue_sweep_result {
    unsigned recovered; // expired leases made ready again
    unsigned resumed;   // due retries made ready
    unsigned released;  // packs that were CREATING with no job behind
    unsigned mended;    // jobs that were in none of the four places
    unsigned buried;    // jobs that crashed too many workers: dead letters now
    uint64_t ready;     // jobs waiting, for a claim to follow
};
typedef void (*queue_sweep_cb)(void *context, const struct queue_sweep_result *result,
                               const struct err *err);
// Bounded work; the caller repeats it on a jittered timer. No lock: each change is a
// compare-and-set on the fence (D5, D6).
void queue_sweep(struct queue *queue, queue_sweep_cb callback, void *context);
