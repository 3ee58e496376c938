// SPDX-License-Identifier: MIT
//
// The run of one claimed job, from the pack's fetch to the recorded end. Private to worker: the
// pool creates runs, tells them of lost leases, and gets them back when they end.
//
// Thread: the loop's. Callbacks never run before the call that caused them has returned. The memory
// is the run's own; it goes after on_end has returned.
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/tasks.h"
#include "domain/account.h"
#include "job_work.h"
#include "queue/queue.h"
#include "services.h"
#include "source/pack_source.h"
#include "store/store.h"
#include "worker/pool.h"
#include "worker/rulebook.h"

#include <sys/queue.h>

struct job_run;

// Why a run is told to stop.
enum job_run_stop {
    JOB_STOP_LOST,      // the lease is gone: nothing that this run does counts any more
    JOB_STOP_UNSURE,    // the lease may be gone: as before, but that an end may be recorded yet
    JOB_STOP_CANCELLED, // somebody took the request back: finish records it
    JOB_STOP_LATE,      // the request's deadline has passed; the run sees to that by itself
    JOB_STOP_HAND_BACK, // the worker drains and time is up: another one shall start it at once
};

// What all runs of a pool share that work for one partition; everything is borrowed and outlives
// them.
struct job_run_context {
    uv_loop_t *loop;
    struct tasks *tasks;
    struct pack_source *source;
    struct store *store;
    struct queue *queue;
    struct services *services;
    struct log *log;
    const struct pool_config *config;
    void *owner;
    // A stage is over, after so long.
    void (*on_stage)(void *owner, enum pool_stage stage, int64_t ms);
    // How many jobs the pool takes in place of this run: asked when the end is recorded.
    unsigned (*may_claim)(void *owner);
    // The run has given its slot up: job_run_is_busy says no from now on. Comes once for each run.
    void (*on_idle)(void *owner);
    // The report is complete, and recorded. `judged` lives as long as the call.
    void (*on_complete)(void *owner, const struct job_judged *judged);
    // The queue has recorded (or refused) how the attempt ended.
    void (*on_finished)(void *owner, enum queue_outcome outcome, enum queue_finished result);
    // The queue did not answer, or could not; the run asks again.
    void (*on_unanswered)(void *owner, const struct err *err);
    // Jobs that the recording of the end has claimed, with what was sent at `sent_at_ms`
    // (clock_boot_ms).
    void (*on_claimed)(void *owner, const struct queue_job *jobs, size_t count, int64_t sent_at_ms);
    // The run gives its attempt up by itself: in front of an effect its lease was not sure.
    void (*on_given_up)(void *owner, const struct job_run *run);
    // The run is over and its memory goes when this returns.
    void (*on_end)(void *owner, struct job_run *run);
};

// Starts a run in the next turn of the loop. What it needs of the accounts is copied; a job whose
// account or account group is no longer among them fails. What has claimed it was sent at
// `claimed_at_ms` (clock_boot_ms): from then on it is sure of its lease (job_lease.h).
struct job_run *job_run_create(const struct job_run_context *context, const struct queue_job *job,
                               int64_t claimed_at_ms, const struct account_set *accounts,
                               struct rulebook *rulebook);
// Tells a run to stop; it ends later by on_end. False, and without effect, on a run that is past
// the point where that matters, or is stopping already.
bool job_run_stop(struct job_run *run, enum job_run_stop why);
// A renewal of its lease that was sent at `sent_at_ms` (clock_boot_ms) was confirmed.
void job_run_confirm_lease(struct job_run *run, int64_t sent_at_ms);
const struct job_lease *job_run_lease(const struct job_run *run);

// False from the moment that the end is recorded (or the lease is lost): the run's slot is free
// then, while it still cleans up.
bool job_run_is_busy(const struct job_run *run);
// The owner that the run's context names.
void *job_run_owner(const struct job_run *run);
// Its trace has the attempt's span as parent.
const struct queue_job *job_run_job(const struct job_run *run);
const char *job_run_step_name(const struct job_run *run);
void job_run_progress(const struct job_run *run, uint64_t *done_out, uint64_t *total_out);

// The pool's list of runs. A run is in one list at most, and leaves it before its memory goes.
LIST_HEAD(job_run_list, job_run);
void job_run_list_add(struct job_run_list *list, struct job_run *run);
void job_run_list_remove(struct job_run *run);
struct job_run *job_run_next(const struct job_run *run); // NULL behind the last
