// SPDX-License-Identifier: MIT
//
// The life of a run, and what the pool asks of it; its steps stand in job_run_advance.c.
#include "job_run_private.h"

#include "base/clock.h"
#include "base/mem.h"

// ---- the timers, and the end

static void on_run_closed(void *owner)
{
    struct job_run *run = owner;
    run->context->on_end(run->context->owner, run);
    job_work_deinit(&run->work);
    account_destroy(&run->account);
    mem_free(&run);
}

static void on_deadline_closed(void *owner)
{
    struct job_run *run = owner;
    loop_timer_close(&run->timer, on_run_closed);
}

static void on_timer(struct loop_timer *timer)
{
    struct job_run *run = container_of(timer, struct job_run, timer);
    switch (run->step) {
    case RUN_END:
        loop_timer_close(&run->deadline, on_deadline_closed);
        return;
    case RUN_STALL:
        job_run_advance(run, run->resume_step);
        return;
    case RUN_FINISH:
        job_run_advance(run, RUN_FINISH);
        return;
    case RUN_CLAIM: // the first turn of the loop after the run was created, or a pause is over
        job_run_begin(run);
        return;
    case RUN_FETCH:
    case RUN_BIND:
    case RUN_EVALUATE:
    case RUN_RENDER:
    case RUN_STORE:
    case RUN_CLEAN:
    case RUN_ABORT:
    case RUN_STEP_COUNT:
        INVARIANT(run->step == RUN_END);
    }
}

// The wall clock may have been set back since: then it waits for the rest.
static void on_deadline(struct loop_timer *timer)
{
    struct job_run *run = container_of(timer, struct job_run, deadline);
    int64_t left_ms = job_run_time_left_ms(run);
    if (left_ms > 0) {
        loop_timer_start(&run->deadline, left_ms);
        return;
    }
    (void)job_run_stop(run, JOB_STOP_LATE);
}

// ---- for the pool

// The attempt is a span of its own, and what it sends a child of that.
static void begin_span(struct trace *trace)
{
    if (trace->trace_id[0] == '\0') {
        trace_begin(trace);
    } else {
        *trace = trace_child(trace);
    }
}

struct job_run *job_run_create(const struct job_run_context *context, const struct queue_job *job,
                               int64_t claimed_at_ms, const struct account_set *accounts,
                               struct rulebook *rulebook)
{
    const struct account *account = account_find(accounts, job->account_id);
    struct job_run *run = mem_alloc(1, sizeof(*run));
    run->context = context;
    run->job = *job;
    begin_span(&run->job.trace);
    run->step = RUN_CLAIM;
    run->started_at_ms = clock_monotonic_ms();
    run->entered_at_ms = run->started_at_ms;
    // The clock of Redis and this machine's, which are close.
    context->on_stage(context->owner, POOL_STAGE_WAIT, clock_wall_ms() - job->accepted_at_ms);
    run->account = account == NULL ? NULL : account_dup(account);
    run->ending = (struct job_ending){.outcome = QUEUE_COMPLETE};
    run->ended_step = RUN_FINISH;
    job_lease_init(&run->lease, context->config->lease_ms, claimed_at_ms);
    const struct job_work_parts parts = {.source = context->source,
                                         .store = context->store,
                                         .config = context->config,
                                         .lease = &run->lease};
    job_work_init(&run->work, &run->job, accounts, rulebook, &parts);
    job_chain_init(&run->chain, &run->work, context->config, job_run_on_chain_done);
    job_run_join_services(run);
    loop_timer_init(&run->timer, context->loop, on_timer, run);
    loop_timer_start(&run->timer, 0);
    loop_timer_init(&run->deadline, context->loop, on_deadline, run);
    if (job->deadline_ms > 0) {
        int64_t left_ms = job_run_time_left_ms(run);
        loop_timer_start(&run->deadline, left_ms > 0 ? left_ms : 0);
    }
    return run;
}

bool job_run_stop(struct job_run *run, enum job_run_stop why)
{
    if (job_run_is_in_chain(run)) {
        job_run_catch_up(run, job_chain_hold(&run->chain));
    }
    switch (run->step) {
    case RUN_CLAIM:
    case RUN_FETCH:
    case RUN_BIND:
    case RUN_EVALUATE:
    case RUN_RENDER:
    case RUN_STALL:
        run->ending = (struct job_ending){.outcome = why == JOB_STOP_CANCELLED ? QUEUE_CANCEL
                                                                               : QUEUE_HAND_BACK};
        run->ended_step = run->progress_step;
        if (why == JOB_STOP_LATE) {
            const struct err late = ERR_INIT;
            job_run_decide_end(run, run->progress_step, &late);
        }
        run->resume_step = why == JOB_STOP_LOST || why == JOB_STOP_UNSURE ? RUN_CLEAN : RUN_FINISH;
        job_run_advance(run, RUN_ABORT);
        return true;
    case RUN_FINISH:
        if (why == JOB_STOP_LOST) {
            run->is_lost = true;
            job_run_wake_finish(run);
        }
        if (why != JOB_STOP_HAND_BACK || run->finish_tries <= 1) {
            return false;
        }
        run->resume_step = RUN_CLEAN; // Redis does not answer
        run->work.is_unrecorded = true;
        job_run_advance(run, RUN_ABORT);
        return true;
    case RUN_STORE: // a rename away from the end; finish will say whether the lease was kept
    case RUN_CLEAN:
    case RUN_ABORT:
    case RUN_END:
    case RUN_STEP_COUNT:
        return false;
    }
    return false;
}

void job_run_confirm_lease(struct job_run *run, int64_t sent_at_ms)
{
    job_lease_confirm(&run->lease, sent_at_ms);
    if (job_lease_is_sure(&run->lease)) {
        job_run_wake_finish(run);
    }
}

const struct job_lease *job_run_lease(const struct job_run *run)
{
    return &run->lease;
}

bool job_run_is_busy(const struct job_run *run)
{
    return run->step != RUN_CLEAN && run->step != RUN_END;
}

void *job_run_owner(const struct job_run *run)
{
    return run->context->owner;
}

const struct queue_job *job_run_job(const struct job_run *run)
{
    return &run->job;
}

const char *job_run_step_name(const struct job_run *run)
{
    enum job_run_step step =
        job_run_is_in_chain(run) ? job_chain_step(&run->chain) : run->progress_step;
    return JOB_STEPS[step].name;
}

void job_run_progress(const struct job_run *run, uint64_t *done_out, uint64_t *total_out)
{
    making_progress(run->work.making, done_out, total_out);
}

void job_run_list_add(struct job_run_list *list, struct job_run *run)
{
    LIST_INSERT_HEAD(list, run, link);
}

void job_run_list_remove(struct job_run *run)
{
    LIST_REMOVE(run, link);
}

struct job_run *job_run_next(const struct job_run *run)
{
    return LIST_NEXT(run, link);
}
