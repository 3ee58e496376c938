// SPDX-License-Identifier: MIT
//
// Readiness: whether the daemon could take a request now, make its report and record it. It is
// judged every LOOK_MS from what has happened lately, not from whether connections stand:
//
// of each partition that the pool owns:
//   the command and the blocking connection are ready, the queue is prepared
//   a script was answered lately              (the renewal is one each second)
//   the intake's reads and admissions succeed (a full Redis fails here, and jobs go on to finish)
// and
//   the store takes a file                    (looked at on a thread, each STORE_CHECK_MS)
//
// Each turns it red within 5 s, and all of them together green again.
#include "pool_private.h"

#include "base/clock.h"

#include <stdio.h>

enum {
    LOOK_MS = 250,
    SILENT_MS = 3500, // with LOOK_MS and a loaded machine still within 5 s
    READ_GRACE_MS = 3000,
    READS_FAILED = 2, // in a row: one alone comes with each lost connection
    STORE_CHECK_MS = 1000,
    FAULT_BYTES = ERR_MESSAGE_BYTES + 32, // with the partition before it
};

bool pool_lane_is_connected(const struct pool_lane *lane)
{
    return lane->is_owned && lane->is_consuming && redis_connection_is_ready(lane->command) &&
           redis_connection_is_ready(lane->blocking);
}

static const char *fault_of_lane(const struct pool_lane *lane, int64_t now_ms)
{
    const struct trouble *intake = &lane->intake.trouble;
    if (!pool_lane_is_connected(lane)) {
        return lane->prepare_trouble.failures > 0 ? lane->prepare_trouble.message
                                                  : "no connection to Redis";
    }
    if (now_ms - lane->last_write_ms > SILENT_MS) {
        return lane->renew_trouble.failures > 0 ? lane->renew_trouble.message
                                                : "Redis does not answer";
    }
    if (intake->failures >= READS_FAILED) {
        return intake->message;
    }
    if (now_ms - lane->intake.last_read_ms > lane->pool->config.block_ms + READ_GRACE_MS) {
        return "no request could be read";
    }
    return NULL;
}

static unsigned count_owned(const struct pool *pool)
{
    unsigned count = 0;
    POOL_EACH_LANE(pool, lane)
    {
        count += lane->is_owned ? 1 : 0;
    }
    return count;
}

static const char *fault_of_lanes(const struct pool *pool, int64_t now_ms, char text[FAULT_BYTES])
{
    const struct pool_lane *zero = &pool->lanes[0];
    if (count_owned(pool) == 0) {
        return !zero->is_consuming && zero->prepare_trouble.failures > 0
                   ? zero->prepare_trouble.message
               : !zero->is_consuming ? "no connection to Redis"
                                     : "which partitions it has to read is not known yet";
    }
    POOL_EACH_LANE(pool, lane)
    {
        const char *fault = lane->is_owned ? fault_of_lane(lane, now_ms) : NULL;
        if (fault != NULL && pool->config.partitions > 1) {
            (void)snprintf(text, FAULT_BYTES, "partition %u: %s", lane->partition, fault);
            return text;
        }
        if (fault != NULL) {
            return fault;
        }
    }
    return NULL;
}

// What is wrong; NULL: nothing.
static const char *find_fault(const struct pool *pool, char text[FAULT_BYTES])
{
    const struct pool_readiness *readiness = &pool->readiness;
    int64_t now_ms = clock_monotonic_ms();
    const char *fault = fault_of_lanes(pool, now_ms, text);
    if (fault != NULL) {
        return fault;
    }
    if (readiness->store_err.kind != ERR_OK) {
        return readiness->store_err.message;
    }
    if (now_ms - readiness->store_ok_ms > SILENT_MS) {
        (void)snprintf(text, FAULT_BYTES, "the store has not taken a file for %lld ms",
                       (long long)(now_ms - readiness->store_ok_ms));
        return text;
    }
    return NULL;
}

void pool_tell_readiness(struct pool *pool)
{
    if (pool_is_draining(pool)) {
        return; // it ends because it was told to; nobody needs a warning
    }
    char text[FAULT_BYTES];
    const char *fault = find_fault(pool, text);
    bool ready = fault == NULL;
    if (ready != pool->readiness.said_ready) {
        pool->readiness.said_ready = ready;
        pool->events.on_ready(pool->events.owner, fault);
    }
}

bool pool_is_ready(const struct pool *pool)
{
    if (!pool->readiness.said_ready || count_owned(pool) == 0) {
        return false;
    }
    POOL_EACH_LANE(pool, lane)
    {
        if (lane->is_owned && !pool_lane_is_connected(lane)) {
            return false;
        }
    }
    return true;
}

// ---- the store

// On a thread: touches nothing of the pool but this check.
static void on_check(uv_work_t *work)
{
    struct pool_readiness *readiness = container_of(work, struct pool_readiness, work);
    readiness->check_err = ERR_INIT;
    (void)readiness->store->methods->check(readiness->store, &readiness->check_err);
}

static void on_checked(uv_work_t *work, int status)
{
    ENSURE(status == 0);
    struct pool_readiness *readiness = container_of(work, struct pool_readiness, work);
    struct pool *pool = container_of(readiness, struct pool, readiness);
    readiness->is_checking = false;
    readiness->store_err = readiness->check_err;
    if (readiness->store_err.kind == ERR_OK) {
        readiness->store_ok_ms = clock_monotonic_ms();
    }
    if (pool->state == POOL_DRAINED) {
        if (readiness->is_closing) {
            loop_closing_down(&pool->closing);
        }
        return;
    }
    pool_tell_readiness(pool);
}

static void check_store(struct pool *pool)
{
    struct pool_readiness *readiness = &pool->readiness;
    int64_t now_ms = clock_monotonic_ms();
    if (!readiness->is_checking && now_ms - readiness->checked_ms >= STORE_CHECK_MS) {
        readiness->is_checking = true;
        readiness->checked_ms = now_ms;
        int status = uv_queue_work(pool->parts.loop, &readiness->work, on_check, on_checked);
        ENSURE(status == 0);
    }
}

static void on_look(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    if (pool_is_draining(pool)) {
        return;
    }
    check_store(pool);
    pool_tell_readiness(pool);
    loop_timer_start(&pool->readiness.timer, LOOK_MS);
}

void pool_readiness_init(struct pool *pool)
{
    struct pool_readiness *readiness = &pool->readiness;
    readiness->store = pool->parts.store;
    readiness->store_ok_ms = clock_monotonic_ms(); // it was opened just now
    loop_timer_init(&readiness->timer, pool->parts.loop, on_look, pool);
    loop_timer_start(&readiness->timer, LOOK_MS);
}

void pool_readiness_close(struct pool *pool)
{
    // The close of the timer itself is the pool's; a check under way is waited for.
    pool->readiness.is_closing = true;
    if (pool->readiness.is_checking) {
        loop_closing_up(&pool->closing);
    }
}
