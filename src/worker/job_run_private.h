// SPDX-License-Identifier: MIT
//
// A run's inside: job_run.c (its life, and what the pool asks of it), job_run_advance.c (how it
// comes from step to step, and what each does), job_run_services.c (whether what it needs is there),
// job_run_end.c (how its end is decided and recorded). Thread: the loop's.
#pragma once

#include "job_chain.h"
#include "job_ending.h"
#include "job_run.h"
#include "services.h"

struct job_run {
    LIST_ENTRY(job_run) link; // the pool's
    const struct job_run_context *context;
    struct queue_job job;
    enum job_run_step step;
    enum job_run_step resume_step;   // in stall: the step held; in abort: the step to go to
    enum job_run_step progress_step; // the last of fetch to finish, for status
    enum job_run_step ended_step;    // for the record: finish, or where it failed or was stopped
    int64_t started_at_ms;           // monotonic
    int64_t entered_at_ms;           // the step; monotonic
    struct account *account;         // a copy; NULL when it is no longer in the file
    struct loop_timer timer;
    struct loop_timer deadline; // the request's; set only when it has one
    struct job_lease lease;
    bool is_lost;         // Redis said so; whether the end was recorded before, only finish tells
    bool waits_for_lease; // in finish, because it is not sure
    struct job_chain chain;
    struct pack_fetch *fetch; // NULL unless under way
    struct job_work work;
    struct job_ending ending;
    unsigned finish_tries;
    int64_t finish_sent_at_ms;       // clock_boot_ms
    struct service_use store_use;    // from its creation until its slot is free; none: it is away
    struct service_use upstream_use; // from the step fetch on; none where packs are files
    bool has_paused;                 // it waits in claim for its upstream
};

// job_run_advance.c
// Goes to `next`, and on from there until a step waits.
void job_run_advance(struct job_run *run, enum job_run_step next);
// Whether the run is in a step that a task thread may leave for the next one.
bool job_run_is_in_chain(const struct job_run *run);
// Moves a run that is in the chain to where its task has come.
void job_run_catch_up(struct job_run *run, enum job_run_step reached);
// The chain's on_done.
void job_run_on_chain_done(struct job_chain *chain);

// job_run_end.c
// Until the request's deadline; INT64_MAX without one.
int64_t job_run_time_left_ms(const struct job_run *run);
// How an attempt ends that failed in `step`. Past the deadline that is the cause, whatever it was
// that did not come in time. The service whose fault it is hears of it.
void job_run_decide_end(struct job_run *run, enum job_run_step step, const struct err *cause);
// How it ends that its upstream is away, and nothing was begun: again, in `wait_ms` or later.
void job_run_decide_wait(struct job_run *run, const struct err *cause, int64_t wait_ms);
// Records the end that was decided, of a run in finish, which goes on to clean when the queue has
// answered. Without an answer, and as long as the lease is not sure, the run's timer is set for the
// next try, or the run goes on to its resume_step, if it was aborted meanwhile. Calls may_claim,
// without an answer on_unanswered, and on one on_stage, on_complete, on_finished and on_claimed.
void job_run_record_end(struct job_run *run);
// Has the next try come at once if one waits for the lease.
void job_run_wake_finish(struct job_run *run);

// job_run_services.c
void job_run_join_services(struct job_run *run);
void job_run_leave_services(struct job_run *run);
// From claim on to fetch, or, when the store or the job's upstream is away, after a pause to finish.
void job_run_begin(struct job_run *run);
void job_run_note_fetched(struct job_run *run);
void job_run_note_stored(struct job_run *run);
// Tells the service whose fault it is that `step` failed. True: the attempt does not count, and the
// next is not to begin before *wait_ms_out (written then).
bool job_run_excuses(struct job_run *run, enum job_run_step step, const struct err *cause,
                     int64_t *wait_ms_out);
bool job_run_is_patient(const struct job_run *run); // outage_patience is not over
