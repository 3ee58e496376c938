// SPDX-License-Identifier: MIT
//
// The leases of all runs, renewed with one call for each lane, which is also the worker's heartbeat in
// that partition: at a third of the lease, and at least every RENEW_INTERVAL_MAX_MS, because it carries
// step and progress, too. Partition 0 has the heartbeat of every worker: there is the list of them.
// Elsewhere sweeps judge by it whether a lease that ran out is a crash.
//
// Failure modes:
//   a lease is lost         the run is told to stop: another worker has the job, or will
//   a job was cancelled     the run is told to stop, and records that it was
//   no answer               a run that is not sure of its lease any more (job_lease.h) is told to
//                           stop in that moment; once the lease is over another worker may have it
#include "pool_private.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

enum { RENEW_INTERVAL_MAX_MS = 1000, PROGRESS_TOTAL = 1000 };

struct held_lease {
    char report_id[TEXT_ID_MAX + 1];
    uint64_t fence;
};

struct renew_call {
    struct pool_lane *lane;
    int64_t sent_at_ms; // clock_boot_ms
    size_t count;
    struct held_lease held[]; // in the order of the renewals
};

// From `first` on.
static struct job_run *find_run(const struct pool_lane *lane, const struct held_lease *lease,
                                struct job_run *first)
{
    struct job_run *run = first;
    while (run != NULL &&
           (pool_lane_of_run(run) != lane || job_run_job(run)->fence != lease->fence ||
            strcmp(job_run_job(run)->report_id, lease->report_id) != 0)) {
        run = job_run_next(run);
    }
    return run;
}

// A run that has ended meanwhile, or is stopping already, has no lease to lose.
static void on_not_held(struct pool *pool, struct job_run *run, enum queue_hold hold)
{
    const struct queue_job *lease = job_run_job(run);
    bool is_lost = hold == QUEUE_LOST;
    if (!job_run_stop(run, is_lost ? JOB_STOP_LOST : JOB_STOP_CANCELLED)) {
        return;
    }
    const char *trace_id = job_run_job(run)->trace.trace_id;
    if (!is_lost) {
        LOG_AT(pool->parts.log, LOG_INFO, "job.cancelling", LOG_TEXT("report", lease->report_id),
               LOG_NUMBER("fence", lease->fence), LOG_TEXT("trace_id", trace_id));
        return;
    }
    pool->counters.leases_lost++;
    LOG_AT(pool->parts.log, LOG_WARNING, "lease.lost", LOG_TEXT("report", lease->report_id),
           LOG_NUMBER("fence", lease->fence), LOG_TEXT("trace_id", trace_id));
}

// Both the renewals and the list have the runs from the newest to the oldest; those that have ended
// meanwhile are not in it any more.
static void apply_holds(struct pool_lane *lane, const struct renew_call *call,
                        const enum queue_hold *holds)
{
    struct pool *pool = lane->pool;
    struct job_run *next = LIST_FIRST(&pool->runs);
    for (size_t i = 0; i < call->count; i++) {
        struct job_run *run = find_run(lane, &call->held[i], next);
        if (run == NULL) {
            continue;
        }
        next = job_run_next(run);
        if (holds[i] != QUEUE_LOST) {
            job_run_confirm_lease(run, call->sent_at_ms);
            pool_watch_lease(pool, run);
        }
        if (holds[i] != QUEUE_HELD) {
            on_not_held(pool, run, holds[i]);
        }
    }
}

static void on_renewed(void *context, const enum queue_hold *holds, size_t count,
                       const struct err *err)
{
    struct renew_call *call = context;
    struct pool_lane *lane = call->lane;
    struct pool *pool = lane->pool;
    pool->calls--;
    lane->last_heard_ms = clock_monotonic_ms();
    if (err != NULL) {
        trouble_note(&lane->renew_trouble, pool->parts.log, "lease.renewal_failed", err);
    } else {
        trouble_end(&lane->renew_trouble);
        lane->last_write_ms = clock_monotonic_ms();
        ENSURE(count == call->count);
        apply_holds(lane, call, holds);
    }
    mem_free(&call);
    pool_check_drained(pool);
}

static struct queue_renewal renewal_of(const struct job_run *run)
{
    uint64_t done;
    uint64_t total;
    job_run_progress(run, &done, &total);
    struct queue_renewal renewal = {.report_id = job_run_job(run)->report_id,
                                    .fence = job_run_job(run)->fence,
                                    .step = job_run_step_name(run)};
    if (total > 0) {
        double share = (double)done / (double)total;
        renewal.progress_done = (unsigned)((share > 1 ? 1 : share) * (double)PROGRESS_TOTAL);
        renewal.progress_total = PROGRESS_TOTAL;
    }
    return renewal;
}

static void renew(struct pool_lane *lane)
{
    struct pool *pool = lane->pool;
    size_t busy = pool_lane_running(lane);
    struct renew_call *call = mem_alloc(1, sizeof(*call) + busy * sizeof(call->held[0]));
    struct queue_renewal *renewals = mem_alloc(busy, sizeof(*renewals));
    call->lane = lane;
    call->sent_at_ms = clock_boot_ms();
    for (const struct job_run *run = LIST_FIRST(&pool->runs); run != NULL;
         run = job_run_next(run)) {
        if (pool_lane_of_run(run) != lane || !job_run_is_busy(run)) {
            continue;
        }
        struct held_lease *lease = &call->held[call->count];
        renewals[call->count++] = renewal_of(run);
        (void)text_copy(lease->report_id, sizeof(lease->report_id), job_run_job(run)->report_id);
        lease->fence = job_run_job(run)->fence;
    }
    ENSURE(call->count == busy);
    pool->calls++;
    const struct queue_heartbeat heartbeat = {.renewals = renewals,
                                              .count = busy,
                                              .jobs = pool_running(pool),
                                              .is_draining = pool_is_draining(pool)};
    queue_renew(lane->queue, &heartbeat, on_renewed, call);
    mem_free(&renewals);
}

// A claim whose answer was lost leaves a job with us, and a sweep asks whether we live.
static bool needs_heartbeat(const struct pool_lane *lane)
{
    return lane->partition == 0 || lane->is_owned || pool_lane_running(lane) > 0 ||
           (lane->last_claim_ms > 0 &&
            clock_monotonic_ms() - lane->last_claim_ms <= lane->pool->config.lease_ms);
}

void pool_renew_lane(struct pool_lane *lane)
{
    if (redis_connection_is_ready(lane->command) && needs_heartbeat(lane)) {
        renew(lane);
    }
}

void pool_renew_leases(struct pool *pool)
{
    POOL_EACH_LANE(pool, lane)
    {
        pool_renew_lane(lane);
    }
}

static int64_t interval_ms(const struct pool *pool)
{
    int64_t third = pool->config.lease_ms / 3;
    return third < RENEW_INTERVAL_MAX_MS ? third : RENEW_INTERVAL_MAX_MS;
}

void pool_note_unsure(struct pool *pool, const struct job_run *run)
{
    const struct queue_job *job = job_run_job(run);
    pool->counters.leases_lost++;
    LOG_AT(pool->parts.log, LOG_ERROR, "lease.unconfirmed", LOG_TEXT("report", job->report_id),
           LOG_NUMBER("fence", job->fence), LOG_NUMBER("ms", job_lease_age_ms(job_run_lease(run))),
           LOG_TEXT("trace_id", job->trace.trace_id));
}

void pool_watch_lease(struct pool *pool, const struct job_run *run)
{
    int64_t left_ms = job_lease_left_ms(job_run_lease(run));
    int64_t at_ms = clock_boot_ms() + left_ms;
    if (!loop_timer_is_set(&pool->unsure_timer) || at_ms < pool->unsure_at_ms) {
        pool->unsure_at_ms = at_ms;
        loop_timer_start(&pool->unsure_timer, left_ms > 0 ? left_ms : 0);
    }
}

// A renewal leaves the timer as it is: it fires early then, and is set again. A run past stopping has
// nothing more to begin but its finish, which looks for itself.
static void on_unsure_timer(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    for (struct job_run *run = LIST_FIRST(&pool->runs); run != NULL; run = job_run_next(run)) {
        if (!job_run_is_busy(run)) {
            continue;
        }
        if (job_lease_is_sure(job_run_lease(run))) {
            pool_watch_lease(pool, run);
        } else if (job_run_stop(run, JOB_STOP_UNSURE)) {
            pool_note_unsure(pool, run);
        }
    }
}

static void on_renew_timer(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    if (pool->state == POOL_LEAVING || pool->state == POOL_DRAINED) {
        return; // a renewal would put the worker back on the list
    }
    pool_renew_leases(pool);
    pool_owners_look(pool);
    pool_help(pool);
    loop_timer_start(&pool->renew_timer, interval_ms(pool));
}

void pool_lease_init(struct pool *pool)
{
    loop_timer_init(&pool->renew_timer, pool->parts.loop, on_renew_timer, pool);
    loop_timer_init(&pool->unsure_timer, pool->parts.loop, on_unsure_timer, pool);
    loop_timer_start(&pool->renew_timer, interval_ms(pool));
}
