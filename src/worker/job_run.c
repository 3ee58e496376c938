// SPDX-License-Identifier: MIT
//
// The run of one job.
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
//   finish is refused     another worker has the job: clean removes this attempt's files
//   finish has no answer  repeated with backoff: the script knows a repetition when it sees one
//   the deadline passes   abort in the same way, then finish records `failed`; the timeout of the
//                         fetch is no longer than what is left. In store it is too late
//   the lease is lost     abort: what is under way is cancelled and awaited; then clean, no finish
//   hand back, cancel     abort in the same way, then finish records `hand back` or `cancelled`; in
//                         store it is too late, and finish goes on
//   hand back in finish   Redis does not answer and the daemon must end: clean removes what is void
//                         in any case; the rest is left to recovery
//
//   fetch --> bind --> evaluate --> render --> store --> finish --> clean --> end
//     |         |         |           |          |        ^  ^
//     +---------+---------+---failed--+----------+--------+  |
//     +-----------------stopped---> abort --back, cancelled--+      (abort --lost--> clean)
//
// Steps on a task thread that follow one another are one task (job_chain.h), so the step that a run
// is in may be ahead of run->step.
//
// Beside the timer of the deadline, at most one thing is under way at any time: a fetch, a task, a
// call to the queue, or the run's timer. So a completion always belongs to the step that the run is
// in, or to the one that abort interrupted.
#include "job_run.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "job_chain.h"
#include "job_ending.h"

enum { FINISH_BACKOFF_BASE_MS = 50, FINISH_BACKOFF_CAP_MS = 2000 };

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
    bool is_group_gone;              // the same of the account group
    struct loop_timer timer;
    struct loop_timer deadline; // the request's; set only when it has one
    struct job_chain chain;
    struct pack_fetch *fetch; // NULL unless under way
    struct job_work work;
    struct job_ending ending;
    unsigned finish_tries;
};

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

static struct step_result step_fail(struct job_run *run, const struct err *cause);

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
        run->context->on_idle(run->context->owner);
    }
}

// Moves the run on until a step waits.
static void advance(struct job_run *run, struct step_result result)
{
    while (result.verdict == STEP_SAYS_GO) {
        enum job_run_step next = result.next;
        if (job_step_is_drilled(run->context->config, run->step, next)) {
            run->resume_step = next;
            run->progress_step = next;
            next = RUN_STALL;
        }
        move_to(run, next);
        result = ENTER[next](run);
    }
}

// Until the request's deadline; INT64_MAX without one.
static int64_t time_left_ms(const struct job_run *run)
{
    return run->job.deadline_ms > 0 ? run->job.deadline_ms - clock_wall_ms() : INT64_MAX;
}

// How an attempt ends that failed in `step`: what is recorded is decided here, once. Past the
// deadline that is the cause, whatever it was that did not come in time.
static void decide_ending(struct job_run *run, enum job_run_step step, const struct err *cause)
{
    const struct pool_config *config = run->context->config;
    const struct job_retry_policy policy = {.base_ms = config->retry_base_ms,
                                            .cap_ms = config->retry_cap_ms,
                                            .max_transient = config->max_attempts,
                                            .max_throttled = config->max_throttled};
    struct err late = ERR_INIT;
    if (time_left_ms(run) <= 0) {
        (void)err_set(&late, ERR_CANCELLED, "the request's deadline passed in step \"%s\"",
                      JOB_STEPS[step].name);
        cause = &late;
    }
    const struct job_failure failure = {.cause = cause,
                                        .step_title = JOB_STEPS[step].title,
                                        .is_fetching = step == RUN_FETCH,
                                        .transient = run->job.transient,
                                        .throttled = run->job.throttled};
    job_ending_of_failure(&failure, &policy, &run->ending);
    run->ended_step = step;
}

static struct step_result step_fail(struct job_run *run, const struct err *cause)
{
    decide_ending(run, run->step, cause);
    return step_go(RUN_FINISH);
}

// ---- fetch

static void on_fetched(void *context, struct buf *body, const char *origin, const struct err *err)
{
    struct job_run *run = context;
    run->fetch = NULL;
    if (run->step == RUN_ABORT) {
        advance(run, step_go(run->resume_step));
        return;
    }
    REQUIRE(run->step == RUN_FETCH);
    if (err != NULL) {
        advance(run, step_fail(run, err));
        return;
    }
    run->work.pack_json.len = body->len;
    run->work.pack_json.data = buf_take(body);
    run->work.pack_origin = mem_text(origin);
    advance(run, step_go(JOB_STEPS[RUN_FETCH].done));
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
    if (run->is_group_gone) {
        (void)err_set(&err, ERR_CONFIG, "account group %s is no longer in the accounts file",
                      run->job.pack_id);
        return step_fail(run, &err);
    }
    int64_t left_ms = time_left_ms(run);
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

// Whether the run is in a step that a task thread may leave for the next one.
static bool is_in_chain(const struct job_run *run)
{
    return run->step < RUN_FINISH && JOB_STEPS[run->step].work != NULL && run->fetch == NULL;
}

// Moves the run to where its task has come.
static void catch_up(struct job_run *run, enum job_run_step reached)
{
    while (run->step != reached) {
        move_to(run, JOB_STEPS[run->step].done);
    }
}

static void on_chain_done(struct job_chain *chain)
{
    struct job_run *run = container_of(chain, struct job_run, chain);
    const struct err *err = &chain->err;
    if (run->step == RUN_ABORT) {
        advance(run, step_go(run->resume_step));
        return;
    }
    catch_up(run, job_chain_step(chain));
    if (err->kind != ERR_OK && run->step != RUN_CLEAN) {
        advance(run, step_fail(run, err));
        return;
    }
    if (err->kind != ERR_OK) {
        LOG_AT(run->context->log, LOG_WARNING, "job.clean_failed",
               LOG_TEXT("report", run->job.report_id),
               LOG_TEXT("trace_id", run->job.trace.trace_id), LOG_ERR(err));
    }
    advance(run, step_go(JOB_STEPS[run->step].done));
}

static struct step_result enter_task(struct job_run *run)
{
    job_chain_start(&run->chain, run->context->tasks, run->step);
    return step_wait();
}

// ---- finish

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static void log_finished(const struct job_run *run, enum queue_finished result)
{
    const struct job_ending *ending = &run->ending;
    static const char *const EVENTS[] = {[QUEUE_COMPLETE] = "job.complete",
                                         [QUEUE_FAILED] = "job.failed",
                                         [QUEUE_RETRY] = "job.retry",
                                         [QUEUE_HAND_BACK] = "job.handed_back",
                                         [QUEUE_CANCEL] = "job.cancelled"};
    const char *event = result == QUEUE_REFUSED              ? "job.lease_lost"
                        : result == QUEUE_FINISHED_DEAD      ? "job.dead"
                        : result == QUEUE_FINISHED_CANCELLED ? "job.cancelled"
                                                             : EVENTS[ending->outcome];
    bool is_good = result == QUEUE_FINISHED_CANCELLED ||
                   (result == QUEUE_FINISHED && ending->outcome != QUEUE_FAILED &&
                    ending->outcome != QUEUE_RETRY);
    LOG_AT(run->context->log, is_good ? LOG_INFO : LOG_WARNING, event,
           LOG_TEXT("report", run->job.report_id), LOG_TEXT("account", run->job.account_id),
           LOG_TEXT("pack", run->job.pack_id), LOG_NUMBER("fence", run->job.fence),
           LOG_NUMBER("attempt", run->job.attempts), LOG_TEXT("code", ending->code),
           LOG_TEXT("error", ending->cause.message),
           LOG_TEXT("upstream", ending->cause.upstream_code),
           LOG_NUMBER("delay_ms", ending->delay_ms), LOG_TEXT("location", run->work.location),
           LOG_TEXT("trace_id", run->job.trace.trace_id),
           LOG_NUMBER("ms", clock_monotonic_ms() - run->started_at_ms));
}

// No answer from the queue: the same again, later, unless the daemon has to end.
static void finish_later(struct job_run *run, const struct err *err)
{
    LOG_AT(run->context->log, LOG_WARNING, "job.finish_unanswered",
           LOG_TEXT("report", run->job.report_id), LOG_TEXT("trace_id", run->job.trace.trace_id),
           LOG_ERR(err));
    if (run->step == RUN_ABORT) {
        advance(run, step_go(run->resume_step));
        return;
    }
    loop_timer_start(&run->timer, 1 + random_backoff_ms(FINISH_BACKOFF_BASE_MS,
                                                        FINISH_BACKOFF_CAP_MS, run->finish_tries));
}

static void on_finished(void *context, enum queue_finished result, const struct queue_job *jobs,
                        size_t job_count, const struct err *err)
{
    struct job_run *run = context;
    REQUIRE(run->step == RUN_FINISH || run->step == RUN_ABORT);
    if (err != NULL) {
        finish_later(run, err);
        return;
    }
    run->work.is_unrecorded = false;
    log_finished(run, result);
    if (result == QUEUE_REFUSED) {
        run->ending.outcome = QUEUE_HAND_BACK; // void: clean removes what this attempt made
    } else if (result == QUEUE_FINISHED_DEAD) {
        run->ending.outcome = QUEUE_FAILED;
    } else if (result == QUEUE_FINISHED_CANCELLED) {
        run->ending.outcome = QUEUE_CANCEL;
    }
    const struct job_run_context *shared = run->context;
    if (result == QUEUE_FINISHED && run->ending.outcome == QUEUE_COMPLETE) {
        shared->on_stage(shared->owner, POOL_STAGE_TOTAL,
                         clock_wall_ms() - run->job.accepted_at_ms);
        shared->on_complete(shared->owner, &run->work.judged);
    }
    shared->on_finished(shared->owner, run->ending.outcome, result);
    advance(run, step_go(RUN_CLEAN));
    if (job_count > 0) {
        shared->on_claimed(shared->owner, jobs, job_count);
    }
}

static struct step_result enter_finish(struct job_run *run)
{
    const struct job_ending *ending = &run->ending;
    const struct queue_ending record = {
        .job = &run->job,
        .outcome = ending->outcome,
        .code = ending->code,
        .message = job_ending_message(ending),
        .upstream_code = ending->cause.upstream_code,
        .upstream_request_id = ending->cause.upstream_request_id,
        .location = or_empty(run->work.location),
        .summary = or_empty(run->work.summary),
        .step = JOB_STEPS[run->ended_step].name,
        .delay_ms = ending->delay_ms,
        .retry_class = ending->retry_class,
        .attempts_max = ending->attempts_max,
    };
    run->finish_tries++;
    queue_finish(run->context->queue, &record, run->context->may_claim(run->context->owner),
                 on_finished, run);
    return step_wait();
}

// ---- clean, stall, abort, end

// Nothing was staged, and no attempt died before this one: there is nothing to clean.
static struct step_result enter_clean(struct job_run *run)
{
    bool is_clean = run->work.folder == NULL && run->job.attempts <= 1;
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
        advance(run, step_go(run->resume_step));
        return;
    case RUN_FINISH:
        advance(run, step_go(RUN_FINISH));
        return;
    case RUN_CLAIM: // the first turn of the loop after the run was created
        advance(run, step_go(RUN_FETCH));
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
    int64_t left_ms = time_left_ms(run);
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

static bool is_group_gone(const struct queue_job *job, const struct account_set *accounts)
{
    char id[TEXT_ID_MAX + 1];
    subject_aggregator(job->pack_id, id);
    return id[0] != '\0' && aggregator_find(accounts, job->account_id, id) == NULL;
}

struct job_run *job_run_create(const struct job_run_context *context, const struct queue_job *job,
                               const struct account_set *accounts, struct rulebook *rulebook)
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
    run->is_group_gone = is_group_gone(job, accounts);
    run->ending = (struct job_ending){.outcome = QUEUE_COMPLETE};
    run->ended_step = RUN_FINISH;
    const struct job_work_parts parts = {
        .source = context->source, .store = context->store, .config = context->config};
    job_work_init(&run->work, &run->job, accounts, rulebook, &parts);
    job_chain_init(&run->chain, &run->work, context->config, on_chain_done);
    loop_timer_init(&run->timer, context->loop, on_timer, run);
    loop_timer_start(&run->timer, 0);
    loop_timer_init(&run->deadline, context->loop, on_deadline, run);
    if (job->deadline_ms > 0) {
        int64_t left_ms = time_left_ms(run);
        loop_timer_start(&run->deadline, left_ms > 0 ? left_ms : 0);
    }
    return run;
}

bool job_run_stop(struct job_run *run, enum job_run_stop why)
{
    if (is_in_chain(run)) {
        catch_up(run, job_chain_hold(&run->chain));
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
            decide_ending(run, run->progress_step, &late);
        }
        run->resume_step = why == JOB_STOP_LOST ? RUN_CLEAN : RUN_FINISH;
        advance(run, step_go(RUN_ABORT));
        return true;
    case RUN_FINISH:
        if (why != JOB_STOP_HAND_BACK || run->finish_tries <= 1) {
            return false;
        }
        run->resume_step = RUN_CLEAN; // Redis does not answer
        run->work.is_unrecorded = true;
        advance(run, step_go(RUN_ABORT));
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
    enum job_run_step step = is_in_chain(run) ? job_chain_step(&run->chain) : run->progress_step;
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
