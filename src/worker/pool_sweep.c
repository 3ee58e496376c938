// SPDX-License-Identifier: MIT
//
// Recovery: each owned lane is swept on one timer with jitter, so that workers do not all sweep at
// once, and one that could not be prepared is tried again. A sweep that had more to do than one call may
// is followed by the next at once.
#include "pool_private.h"

#include "base/clock.h"
#include "base/random.h"

static void start_timer(struct pool *pool)
{
    int64_t interval_ms = pool->config.sweep_interval_ms;
    loop_timer_start(&pool->sweep_timer,
                     interval_ms / 2 + (int64_t)random_below((uint64_t)interval_ms + 1));
}

static void log_sweep(struct log *log, const struct queue_sweep_result *result)
{
    if (result->recovered + result->released + result->mended + result->cancelled > 0) {
        LOG_AT(log, LOG_WARNING, "queue.recovered", LOG_NUMBER("expired_leases", result->recovered),
               LOG_NUMBER("released_packs", result->released),
               LOG_NUMBER("mended_jobs", result->mended),
               LOG_NUMBER("cancelled_jobs", result->cancelled));
    }
    if (result->late > 0) {
        LOG_AT(log, LOG_INFO, "queue.late", LOG_NUMBER("jobs", result->late));
    }
    if (result->buried > 0) {
        LOG_AT(log, LOG_ERROR, "queue.poison", LOG_NUMBER("jobs", result->buried));
    }
}

static void on_swept(void *context, const struct queue_sweep_result *result, const struct err *err);

static void sweep(struct pool_lane *lane)
{
    lane->pool->calls++;
    queue_sweep(lane->queue, on_swept, lane);
}

static void on_swept(void *context, const struct queue_sweep_result *result, const struct err *err)
{
    struct pool_lane *lane = context;
    struct pool *pool = lane->pool;
    pool->calls--;
    if (err != NULL) {
        trouble_note(&lane->sweep_trouble, pool->parts.log, "queue.sweep_failed", err);
    } else {
        trouble_end(&lane->sweep_trouble);
        lane->last_write_ms = clock_monotonic_ms();
        log_sweep(pool->parts.log, result);
        // A claim that failed may have failed for what it took; it is in no place until it is mended.
        lane->is_whole = result->mended == 0;
        lane->has_work = result->ready > 0 || lane->claim_trouble.failures > 0;
        pool_claim_next(pool);
        if (result->has_more && pool_lane_may_read(lane)) {
            sweep(lane);
        }
    }
    pool_check_drained(pool);
}

static void on_timer(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    if (pool->state != POOL_RUNNING) {
        return;
    }
    POOL_EACH_LANE(pool, lane)
    {
        if (pool_lane_may_read(lane)) {
            sweep(lane);
            pool_intake_take_over(lane);
        } else {
            pool_lane_prepare(lane); // preparing failed; once more
        }
    }
    start_timer(pool);
}

void pool_sweep_init(struct pool *pool)
{
    loop_timer_init(&pool->sweep_timer, pool->parts.loop, on_timer, pool);
    start_timer(pool);
}
