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
//   no answer for a lease   all runs of the lane are told to stop: by then another worker may have
//                           each of them
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
    int64_t sent_at_ms;
    size_t count;
    struct held_lease held[]; // in the order of the renewals
};

static struct job_run *find_run(const struct pool_lane *lane, const struct held_lease *lease)
{
    struct job_run *run = LIST_FIRST(&lane->pool->runs);
    while (run != NULL &&
           (pool_lane_of_run(run) != lane || job_run_job(run)->fence != lease->fence ||
            strcmp(job_run_job(run)->report_id, lease->report_id) != 0)) {
        run = job_run_next(run);
    }
    return run;
}

// A run that has ended meanwhile, or is stopping already, has no lease to lose.
static void on_not_held(const struct pool_lane *lane, const struct held_lease *lease,
                        enum queue_hold hold)
{
    struct pool *pool = lane->pool;
    struct job_run *run = find_run(lane, lease);
    bool is_lost = hold == QUEUE_LOST;
    if (run == NULL || !job_run_stop(run, is_lost ? JOB_STOP_LOST : JOB_STOP_CANCELLED)) {
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

static void on_renewed(void *context, const enum queue_hold *holds, size_t count,
                       const struct err *err)
{
    struct renew_call *call = context;
    struct pool_lane *lane = call->lane;
    struct pool *pool = lane->pool;
    pool->calls--;
    if (err != NULL) {
        trouble_note(&lane->renew_trouble, pool->parts.log, "lease.renewal_failed", err);
    } else {
        trouble_end(&lane->renew_trouble);
        lane->last_renewal_ms = call->sent_at_ms;
        lane->last_write_ms = clock_monotonic_ms();
    }
    for (size_t i = 0; err == NULL && i < count; i++) {
        if (holds[i] != QUEUE_HELD) {
            on_not_held(lane, &call->held[i], holds[i]);
        }
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
    call->sent_at_ms = clock_monotonic_ms();
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

void pool_renew_leases(struct pool *pool)
{
    POOL_EACH_LANE(pool, lane)
    {
        if (redis_connection_is_ready(lane->command) && needs_heartbeat(lane)) {
            renew(lane);
        }
    }
}

static int64_t interval_ms(const struct pool *pool)
{
    int64_t third = pool->config.lease_ms / 3;
    return third < RENEW_INTERVAL_MAX_MS ? third : RENEW_INTERVAL_MAX_MS;
}

static void give_up_unconfirmed(struct pool_lane *lane)
{
    struct pool *pool = lane->pool;
    int64_t silent_ms = clock_monotonic_ms() - lane->last_renewal_ms;
    unsigned running = pool_lane_running(lane);
    if (running > 0 && silent_ms > pool->config.lease_ms) {
        LOG_AT(pool->parts.log, LOG_ERROR, "lease.unconfirmed", LOG_NUMBER("ms", silent_ms),
               LOG_NUMBER("jobs", running));
        pool_stop_runs(pool, lane, JOB_STOP_LOST);
    }
}

static void on_renew_timer(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    if (pool->state == POOL_DRAINED) {
        return;
    }
    POOL_EACH_LANE(pool, lane)
    {
        give_up_unconfirmed(lane);
    }
    pool_renew_leases(pool);
    pool_owners_look(pool);
    pool_help(pool);
    loop_timer_start(&pool->renew_timer, interval_ms(pool));
}

void pool_lease_init(struct pool *pool)
{
    loop_timer_init(&pool->renew_timer, pool->parts.loop, on_renew_timer, pool);
    loop_timer_start(&pool->renew_timer, interval_ms(pool));
}
