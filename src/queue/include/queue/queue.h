// SPDX-License-Identifier: MIT
//
// The queue: admission, claims, leases, fencing, recovery. The C side of the Lua scripts in
// src/queue/scripts, each one atomic step on a whole batch. The keys: docs/redis.md.
//
// The central invariant: an accepted job is in exactly one of ready, running, delayed, dead, held
// until it is finished. queue/audit.h checks it. Every write for a job carries owner and fence and
// is refused unless they are current. Times are Redis TIME. Results come by callback, never before
// the call has returned. An error in a callback is ERR_UNAVAILABLE (nothing happened),
// ERR_UNCERTAIN (it may have happened: every call may be repeated with the same arguments, and what
// it decided stays decided; jobs that it claimed come back when their leases end) or ERR_INTERNAL;
// the other arguments of the callback then say nothing. NOSCRIPT is handled inside. Thread: the
// loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "queue/types.h"
#include "redis/connection.h"

#include <stddef.h>
#include <stdint.h>

// One partition of a queue; a queue of one partition is this alone.
struct queue;

// Copies the config; borrows the connection, which outlives it.
struct queue *queue_create(struct redis_connection *connection, const struct queue_config *config);
void queue_destroy(struct queue **queue); // no call may be outstanding

// The config's, with what could not stand in it replaced.
const char *queue_worker_id(const struct queue *queue);

// Once per connection, before the first admission: makes the stream's group at 0 where it is missing.
// Partition 0 checks the number of partitions before that, or writes it where there is none:
// ERR_CONFIG when Redis holds another, or a text that is no number. The others are prepared after it. A full Redis refuses neither.
typedef void (*queue_done_cb)(void *context, const struct err *err); // err NULL: done
void queue_prepare(struct queue *queue, queue_done_cb callback, void *context);

// The number of partitions that Redis holds, read with any queue whose partition is 0; 0 when no
// daemon has written it yet. ERR_CORRUPT when the key holds no number from 1 to QUEUE_PARTITIONS_MAX.
typedef void (*queue_partitions_cb)(void *context, unsigned partitions, const struct err *err);
void queue_get_partitions(struct queue *queue, queue_partitions_cb callback, void *context);

// ---- admission

// Gives an entry the ids that its answer will carry: the RequestId that it asks for, else one of ours,
// and a ReportId; and a new trace where it has none.
void queue_entry_name(struct queue_entry *entry);

// `answers` in the order of the entries (none for a claim alone). `jobs` are claimed for this
// worker, lease running.
typedef void (*queue_admit_cb)(void *context, const struct queue_answer *answers,
                               size_t answer_count, const struct queue_job *jobs, size_t job_count,
                               const struct err *err);

// Decides up to QUEUE_BATCH_MAX entries, records each answer, removes the intake entries, and
// claims up to `claim_max` jobs.
void queue_admit(struct queue *queue, const struct queue_entry *entries, size_t count,
                 unsigned claim_max, queue_admit_cb callback, void *context);

// Fails where an admission without claims would for Redis' sake (it is full, a right is missing, a fixed key
// is of another type), and changes nothing.
void queue_probe_admission(struct queue *queue, queue_done_cb callback, void *context);

// ---- claims and leases

// A job whose deadline has passed is not handed over: it ends as FAILED, DeadlineExceeded. A job
// whose record cannot be read is left out of what any call hands over; the next sweep buries
// it and counts it.
typedef void (*queue_claim_cb)(void *context, const struct queue_job *jobs, size_t count,
                               const struct err *err);
void queue_claim(struct queue *queue, unsigned max, queue_claim_cb callback, void *context);

// A job that has gone down with all but one of the workers that it may (queue_config.crashes_max) runs
// alone, so that its last crash is its own and buries no job beside it. No other call hands it out, nor
// what waits behind it: whether one was seen at the head, until a later claim did not. Then who holds no
// job, and will take none beside it, claims it with queue_claim_alone; `jobs` is what comes next, one job
// at most, and says whether it is such a one.
bool queue_is_alone_next(const struct queue *queue);
void queue_claim_alone(struct queue *queue, queue_claim_cb callback, void *context);

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
// The renewals of all jobs held in this partition, of any number, and what `packreport workers` shows
// of the worker as a whole.
struct queue_heartbeat {
    const struct queue_renewal *renewals;
    size_t count; // of them; may be 0
    size_t jobs;  // held over all partitions
    bool is_draining;
};
// One call for all of it, which is copied. The holds are in the order of the renewals. `step` has no
// '|' and fits QUEUE_STEP_BYTES.
void queue_renew(struct queue *queue, const struct queue_heartbeat *heartbeat,
                 queue_renew_cb callback, void *context);

// This worker ends: it is off the list of workers at once, and not when it has been silent for long.
// `is_off` false, also with an error: it holds a job or an entry of the intake still, or Redis did not
// say; then its heartbeat stays until sweeps forget it. To be called when nothing else is under way
// and nothing follows: a renewal behind it would put the worker back.
typedef void (*queue_left_cb)(void *context, bool is_off, const struct err *err);
void queue_leave(struct queue *queue, queue_left_cb callback, void *context);

// ---- the end of an attempt

enum queue_outcome {
    QUEUE_COMPLETE,  // the report is published at `location`
    QUEUE_FAILED,    // permanent: `code` and `message` say why
    QUEUE_RETRY,     // again after `delay_ms`, or dead when its class has used up its budget
    QUEUE_HAND_BACK, // runnable now by another; this attempt does not count
    QUEUE_CANCEL,    // renewal said QUEUE_CANCELLED: the report is CANCELLED
};

// Each class of passing faults has a budget of its own, so that one does not use up another's. Leases
// that ran out over the job count by themselves (queue_config.crashes_max).
enum queue_retry_class {
    QUEUE_RETRY_TRANSIENT, // timeouts, 5xx, a full disk
    QUEUE_RETRY_THROTTLED, // an upstream service turned us away because it is asked too much
    QUEUE_RETRY_WAITING,   // what it needs is away: no attempt of the job's, and without a budget
};

struct queue_ending {
    const struct queue_job *job; // as it was claimed: names the keys, the fence and the token
    enum queue_outcome outcome;
    const char *code;                // answer code or error kind, "" for complete
    const char *message;             // "" for complete; at most QUEUE_TEXT_BYTES
    const char *upstream_code;       // "" when none
    const char *upstream_request_id; // "" when none
    const char *location;            // complete: where the report lies
    const char *summary; // complete: a small JSON object (score, counts) for status; "" when none
    const char *step;    // the last step reached
    int64_t delay_ms;    // retry
    enum queue_retry_class retry_class;
    // Retry, but waiting: the job is dead when so many attempts of the class have failed.
    unsigned attempts_max;
};

enum queue_finished {
    QUEUE_FINISHED,      // recorded now, or by an earlier call whose reply was lost
    QUEUE_FINISHED_DEAD, // recorded; the job is a dead letter now
    // A retry or hand-back of a job that was cancelled meanwhile: it ended as CANCELLED instead.
    QUEUE_FINISHED_CANCELLED,
    QUEUE_REFUSED, // owner or fence is not current any more: whatever this attempt made is void
};
typedef void (*queue_finish_cb)(void *context, enum queue_finished result,
                                const struct queue_job *jobs, size_t job_count,
                                const struct err *err);
// Ends the attempt and claims up to `claim_max` next jobs in the same step. Endings that are given
// while one is under way leave together, in one script call for up to QUEUE_BATCH_MAX.
void queue_finish(struct queue *queue, const struct queue_ending *ending, unsigned claim_max,
                  queue_finish_cb callback, void *context);

// ---- recovery

struct queue_sweep_result {
    unsigned recovered; // expired leases made ready again
    unsigned resumed;   // due retries, and what is not paused any more, made ready
    unsigned released;  // packs that were CREATING with no job behind
    unsigned mended;    // jobs that were in none of the five places
    unsigned buried;    // jobs that crashed too many workers: dead letters now
    // Records that nobody could read, or this worker not, when it was given them: dead letters now.
    unsigned unreadable;
    unsigned cancelled; // jobs that were cancelled, and whose worker was gone
    unsigned late;      // jobs whose deadline passed while they waited: FAILED
    uint64_t ready;     // jobs waiting, for a claim to follow
    bool has_more;      // what one call may do was not enough: the caller sweeps again at once
};
typedef void (*queue_sweep_cb)(void *context, const struct queue_sweep_result *result,
                               const struct err *err);
// Bounded work; the caller repeats it on a jittered timer. No lock: each change is a
// compare-and-set on the fence.
void queue_sweep(struct queue *queue, queue_sweep_cb callback, void *context);
