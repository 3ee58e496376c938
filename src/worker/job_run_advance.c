// SPDX-License-Identifier: MIT
//
// The run of one job, from step to step.
//
// Happy path, after the claim:
//   1. fetch     the pack's JSON from its source (loop, cancellable; task thread for files)
//   2. bind      parse it, bind the rules to its check items (task thread)
//   3. evaluate  the inventory into findings.ndjson and report.csv, in a staging folder (threads)
//   4. render    report.json, summary.txt and manifest.json (task thread)
//   5. store     fsync, rename: the report is visible under its fence (task thread)
//   6. finish    record the end in the queue: only now is it *the* report (Redis, until it answers)
//   7. clean     remove what dead attempts left, and reports past their keeping (task thread)
//
// Failure modes:
//   a step fails          finish records `failed` or `retry` (job_ending.h), clean removes the files
//   a service is away     nothing is begun: after a pause in claim finish records a `retry` that counts
//                         no attempt, or `hand back` when it is the store (services.h)
//   finish is refused     another worker has the job: clean removes this attempt's files
//   finish has no answer  repeated with backoff: the script knows a repetition when it sees one
//   the deadline passes   abort in the same way, then finish records `failed`; the timeout of the
//                         fetch is no longer than what is left. In store it is too late
//   the lease is lost     abort: what is under way is cancelled and awaited; then clean, no finish
//   the lease is not sure (job_lease.h) the pool aborts it in the same way. No step from fetch to
//                         store begins: it is clean's turn. finish waits until a renewal says whose
//                         the job is, since what is published may be recorded yet
//   hand back, cancel     abort in the same way, then finish records `hand back` or `cancelled`; in
//                         store it is too late, and finish goes on
//   hand back in finish   Redis does not answer and the daemon must end: clean removes what is void
//                         in any case; the rest is left to recovery
//
//   fetch --> bind --> evaluate --> render --> store --> finish --> clean --> end
//     |         |         |           |          |        ^  ^
//     +---------+---------+---failed--+----------+--------+  |
//     +-----------------stopped---> abort --back, cancelled--+      (abort --lost--> clean)
//     +-----------------not sure of its lease-----------------------> clean
//
// Steps on a task thread that follow one another are one task (job_chain.h), so the step that a run
// is in may be ahead of run->step.
//
// Beside the timer of the deadline, at most one thing is under way at any time: a fetch, a task, a
// call to the queue, or the run's timer. So a completion always belongs to the step that the run is
// in, or to the one that abort interrupted.
#include "job_run_private.h"

#include "base/clock.h"
#include "base/mem.h"

// ---- what a step says to the driver

struct step_result {
    enum { STEP_SAYS_GO, STEP_SAYS_WAIT } verdict;
    enum job_run_step next;
};

static struct step_result step_go(enum job_run_step next)
{
    return (struct step_result){.verdict = STEP_SAYS_GO, .next = next};
}

static struct step_result step_wait(void)
{
    return (struct step_result){.verdict = STEP_SAYS_WAIT};
}

static struct step_result step_fail(struct job_run *run, const struct err *cause)
{
    job_run_decide_end(run, run->step, cause);
    return step_go(RUN_FINISH);
}

// ---- what a step does when the run comes to it; in which order, job_steps.c says

static struct step_result enter_fetch(struct job_run *run);
static struct step_result enter_task(struct job_run *run);
static struct step_result enter_finish(struct job_run *run);
static struct step_result enter_clean(struct job_run *run);
static struct step_result enter_stall(struct job_run *run);
static struct step_result enter_abort(struct job_run *run);
static struct step_result enter_end(struct job_run *run);

static struct step_result (*const ENTER[RUN_STEP_COUNT])(struct job_run *run) = {
    [RUN_FETCH] = enter_fetch, [RUN_BIND] = enter_task,   [RUN_EVALUATE] = enter_task,
    [RUN_RENDER] = enter_task, [RUN_STORE] = enter_task,  [RUN_FINISH] = enter_finish,
    [RUN_CLEAN] = enter_clean, [RUN_STALL] = enter_stall, [RUN_ABORT] = enter_abort,
    [RUN_END] = enter_end,
};

// ---- the driver

static void check_invariant(const struct job_run *run)
{
    INVARIANT(run->step < RUN_STEP_COUNT);
    INVARIANT(run->fetch == NULL || run->step == RUN_FETCH || run->step == RUN_ABORT);
}

static void log_move(const struct job_run *run, enum job_run_step next)
{
    LOG_AT(run->context->log, LOG_DEBUG, "job.step", LOG_TEXT("report", run->job.report_id),
           LOG_TEXT("from", JOB_STEPS[run->step].name), LOG_TEXT("to", JOB_STEPS[next].name),
           LOG_NUMBER("fence", run->job.fence), LOG_TEXT("trace_id", run->job.trace.trace_id));
}

// Times the step that is left for the one behind it; what failed or was stopped says nothing of how
// long a stage takes.
static void time_step(struct job_run *run, enum job_run_step next)
{
    static const enum pool_stage STAGES[RUN_STEP_COUNT] = {[RUN_FETCH] = POOL_STAGE_FETCH,
                                                           [RUN_BIND] = POOL_STAGE_BIND,
                                                           [RUN_EVALUATE] = POOL_STAGE_EVALUATE,
                                                           [RUN_RENDER] = POOL_STAGE_RENDER,
                                                           [RUN_STORE] = POOL_STAGE_STORE};
    const struct job_run_context *shared = run->context;
    int64_t now_ms = clock_monotonic_ms();
    bool is_timed = run->step >= RUN_FETCH && run->step <= RUN_STORE;
    bool is_task = JOB_STEPS[run->step].work != NULL &&
                   (run->step != RUN_FETCH || shared->source->methods->read != NULL);
    bool is_through = next == JOB_STEPS[run->step].done || next == RUN_STALL;
    if (is_timed && is_through && run->ending.outcome == QUEUE_COMPLETE) {
        shared->on_stage(shared->owner, STAGES[run->step],
                         is_task ? run->chain.took_ms[run->step] : now_ms - run->entered_at_ms);
    }
    run->entered_at_ms = now_ms;
}

// No other function writes run->step.
static void move_to(struct job_run *run, enum job_run_step next)
{
    REQUIRE((JOB_STEPS[run->step].allowed & (1u << next)) != 0);
    bool was_busy = job_run_is_busy(run);
    log_move(run, next);
    time_step(run, next);
    run->step = next;
    run->progress_step = next <= RUN_FINISH ? next : run->progress_step;
    check_invariant(run);
    if (was_busy && !job_run_is_busy(run)) {
        job_run_leave_services(run);
        run->context->on_idle(run->context->owner);
    }
}

// What the attempt made is void.
static enum job_run_step give_up(struct job_run *run)
{
    run->ending = (struct job_ending){.outcome = QUEUE_HAND_BACK};
    run->context->on_given_up(run->context->owner, run);
    return RUN_CLEAN;
}

// Moves the run on until a step waits.
static void advance(struct job_run *run, struct step_result result)
{
    while (result.verdict == STEP_SAYS_GO) {
        enum job_run_step next = result.next;
        if (next < RUN_FINISH && !job_lease_is_sure(&run->lease)) {
            next = give_up(run);
        } else if (job_step_is_drilled(run->context->config, run->step, next)) {
            run->resume_step = next;
            run->progress_step = next;
            next = RUN_STALL;
        }
        move_to(run, next);
        result = ENTER[next](run);
    }
}

void job_run_advance(struct job_run *run, enum job_run_step next)
{
    advance(run, step_go(next));
}

// ---- fetch

static void on_fetched(void *context, struct buf *body, const char *origin, const struct err *err)
{
    struct job_run *run = context;
    run->fetch = NULL;
    if (run->step == RUN_ABORT) {
        job_run_advance(run, run->resume_step);
        return;
    }
    REQUIRE(run->step == RUN_FETCH);
    if (err != NULL) {
        advance(run, step_fail(run, err));
        return;
    }
    job_run_note_fetched(run);
    run->work.pack_json.len = body->len;
    run->work.pack_json.data = buf_take(body);
    run->work.pack_origin = mem_text(origin);
    job_run_advance(run, JOB_STEPS[RUN_FETCH].done);
}

static struct step_result enter_fetch(struct job_run *run)
{
    struct pack_source *source = run->context->source;
    struct err err = ERR_INIT;
    if (run->account == NULL) {
        (void)err_set(&err, ERR_CONFIG, "account %s is no longer in the accounts file",
                      run->job.account_id);
        return step_fail(run, &err);
    }
    if (run->work.is_group_gone) {
        (void)err_set(&err, ERR_CONFIG, "the account group of %s is no longer in the accounts file",
                      run->job.pack_id);
        return step_fail(run, &err);
    }
    int64_t left_ms = job_run_time_left_ms(run);
    if (left_ms <= 0) {
        return step_fail(run, &err);
    }
    if (source->methods->read != NULL) {
        return enter_task(run);
    }
    const struct pack_request request = {.account = run->account,
                                         .pack_id = subject_pack(run->job.pack_id),
                                         .language = run->job.language,
                                         .timeout_ms = left_ms,
                                         .trace = &run->job.trace};
    run->fetch = source->methods->fetch(source, &request, on_fetched, run);
    return step_wait();
}

// ---- the steps on task threads

bool job_run_is_in_chain(const struct job_run *run)
{
    return run->step < RUN_FINISH && JOB_STEPS[run->step].work != NULL && run->fetch == NULL;
}

void job_run_catch_up(struct job_run *run, enum job_run_step reached)
{
    while (run->step != reached) {
        move_to(run, JOB_STEPS[run->step].done);
    }
}

void job_run_on_chain_done(struct job_chain *chain)
{
    struct job_run *run = container_of(chain, struct job_run, chain);
    const struct err *err = &chain->err;
    if (run->step == RUN_ABORT) {
        job_run_advance(run, run->resume_step);
        return;
    }
    job_run_catch_up(run, job_chain_step(chain));
    if (run->work.is_given_up && run->step != RUN_CLEAN) {
        job_run_advance(run, give_up(run));
        return;
    }
    if (err->kind != ERR_OK && run->step != RUN_CLEAN) {
        advance(run, step_fail(run, err));
        return;
    }
    if (err->kind != ERR_OK) {
        LOG_AT(run->context->log, LOG_WARNING, "job.clean_failed",
               LOG_TEXT("report", run->job.report_id),
               LOG_TEXT("trace_id", run->job.trace.trace_id), LOG_ERR(err));
    } else if (run->step == RUN_STORE) {
        job_run_note_stored(run);
    }
    job_run_advance(run, JOB_STEPS[run->step].done);
}

static struct step_result enter_task(struct job_run *run)
{
    job_chain_start(&run->chain, run->context->tasks, run->step);
    return step_wait();
}

// ---- finish, clean, stall, abort, end

static struct step_result enter_finish(struct job_run *run)
{
    job_run_record_end(run);
    return step_wait();
}

// Nothing was staged, and no attempt died or was put off before this one: there is nothing to clean.
static struct step_result enter_clean(struct job_run *run)
{
    bool is_clean = run->work.folder == NULL && run->job.attempts <= 1 && run->job.waits == 0;
    run->work.outcome = run->ending.outcome;
    return is_clean ? step_go(RUN_END) : enter_task(run);
}

static struct step_result enter_stall(struct job_run *run)
{
    loop_timer_start(&run->timer, run->context->config->drill_stall_ms);
    return step_wait();
}

static struct step_result enter_abort(struct job_run *run)
{
    bool is_between = loop_timer_is_set(&run->timer); // not begun, in a drill, or between two tries
    if (is_between) {
        loop_timer_stop(&run->timer);
        return step_go(run->resume_step);
    }
    if (run->fetch != NULL) {
        run->context->source->methods->cancel(run->fetch);
    } else {
        making_stop(run->work.making);
    }
    return step_wait();
}

// By way of the timer, so that on_end never runs inside a call of the pool.
static struct step_result enter_end(struct job_run *run)
{
    loop_timer_start(&run->timer, 0);
    return step_wait();
}
