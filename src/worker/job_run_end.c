// SPDX-License-Identifier: MIT
//
// The end of a run: what is recorded is decided here, once, and the queue is told until it answers.
#include "job_run_private.h"

#include "base/clock.h"
#include "base/random.h"

enum { FINISH_BACKOFF_BASE_MS = 50, FINISH_BACKOFF_CAP_MS = 2000 };

int64_t job_run_time_left_ms(const struct job_run *run)
{
    return run->job.deadline_ms > 0 ? run->job.deadline_ms - clock_wall_ms() : INT64_MAX;
}

static void decide(struct job_run *run, struct job_failure *failure, enum job_run_step step)
{
    const struct pool_config *config = run->context->config;
    const struct job_retry_policy policy = {.base_ms = config->retry_base_ms,
                                            .cap_ms = config->retry_cap_ms,
                                            .max_transient = config->max_attempts,
                                            .max_throttled = config->max_throttled};
    bool is_of_inventory = step == RUN_EVALUATE && making_is_without_record(run->work.making);
    failure->step_title = is_of_inventory ? "Inventory" : JOB_STEPS[step].title;
    failure->is_fetching = step == RUN_FETCH;
    failure->transient = run->job.transient;
    failure->throttled = run->job.throttled;
    failure->waits = run->job.waits;
    job_ending_of_failure(failure, &policy, &run->ending);
    run->ended_step = step;
}

void job_run_decide_end(struct job_run *run, enum job_run_step step, const struct err *cause)
{
    struct err late = ERR_INIT;
    if (job_run_time_left_ms(run) <= 0) {
        (void)err_set(&late, ERR_CANCELLED, "the request's deadline passed in step \"%s\"",
                      JOB_STEPS[step].name);
        cause = &late;
    }
    struct job_failure failure = {.cause = cause};
    failure.is_excused = cause != &late && job_run_excuses(run, step, cause, &failure.wait_ms);
    decide(run, &failure, step);
}

void job_run_decide_wait(struct job_run *run, const struct err *cause, int64_t wait_ms)
{
    struct job_failure failure = {.cause = cause,
                                  .is_excused = job_run_is_patient(run),
                                  .is_unbegun = true,
                                  .wait_ms = wait_ms};
    decide(run, &failure, RUN_FETCH);
}

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
    bool is_wait = ending->outcome == QUEUE_RETRY && ending->retry_class == QUEUE_RETRY_WAITING;
    const char *event = result == QUEUE_REFUSED              ? "job.lease_lost"
                        : result == QUEUE_FINISHED_DEAD      ? "job.dead"
                        : result == QUEUE_FINISHED_CANCELLED ? "job.cancelled"
                        : is_wait                            ? "job.waits"
                                                             : EVENTS[ending->outcome];
    bool is_good = result == QUEUE_FINISHED_CANCELLED ||
                   (result == QUEUE_FINISHED && ending->outcome != QUEUE_FAILED &&
                    (ending->outcome != QUEUE_RETRY || is_wait));
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

static void try_later(struct job_run *run)
{
    loop_timer_start(&run->timer, 1 + random_backoff_ms(FINISH_BACKOFF_BASE_MS,
                                                        FINISH_BACKOFF_CAP_MS, run->finish_tries));
}

// No answer from the queue: the same again, later, unless the daemon has to end.
static void finish_later(struct job_run *run, const struct err *err)
{
    LOG_AT(run->context->log, LOG_WARNING, "job.finish_unanswered",
           LOG_TEXT("report", run->job.report_id), LOG_TEXT("trace_id", run->job.trace.trace_id),
           LOG_ERR(err));
    run->context->on_unanswered(run->context->owner, err);
    if (run->step == RUN_ABORT) {
        job_run_advance(run, run->resume_step);
        return;
    }
    try_later(run);
}

// The next confirmed renewal wakes it. It is asked for again by itself because a drain counts tries.
static void wait_for_lease(struct job_run *run)
{
    if (!run->waits_for_lease) {
        LOG_AT(run->context->log, LOG_WARNING, "job.finish_waits",
               LOG_TEXT("report", run->job.report_id), LOG_NUMBER("fence", run->job.fence),
               LOG_NUMBER("ms", job_lease_age_ms(&run->lease)),
               LOG_TEXT("trace_id", run->job.trace.trace_id));
    }
    run->waits_for_lease = true;
    try_later(run);
}

void job_run_wake_finish(struct job_run *run)
{
    if (run->step == RUN_FINISH && run->waits_for_lease && loop_timer_is_set(&run->timer)) {
        loop_timer_start(&run->timer, 0);
    }
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
    int64_t sent_at_ms = run->finish_sent_at_ms;
    if (result == QUEUE_FINISHED && run->ending.outcome == QUEUE_COMPLETE) {
        shared->on_stage(shared->owner, POOL_STAGE_TOTAL,
                         clock_wall_ms() - run->job.accepted_at_ms);
        shared->on_complete(shared->owner, &run->work.judged);
    }
    shared->on_finished(shared->owner, run->ending.outcome, result);
    job_run_advance(run, RUN_CLEAN);
    if (job_count > 0) {
        shared->on_claimed(shared->owner, jobs, job_count, sent_at_ms);
    }
}

void job_run_record_end(struct job_run *run)
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
    if (!job_lease_is_sure(&run->lease) && !run->is_lost) {
        wait_for_lease(run);
        return;
    }
    run->waits_for_lease = false;
    run->finish_sent_at_ms = clock_boot_ms();
    queue_finish(run->context->queue, &record, run->context->may_claim(run->context->owner),
                 on_finished, run);
}
