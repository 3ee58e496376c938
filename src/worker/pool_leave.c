// SPDX-License-Identifier: MIT
//
// The last word of a pool that has drained: it takes itself off the list of workers, so that nobody counts
// on it, or waits to see it silent. What Redis does not take, or what is away, is left to the sweeps of
// others, as after a crash; no end waits for it longer than for one call.
#include "pool_private.h"

static void on_left(void *context, bool is_off, const struct err *err)
{
    struct pool_lane *lane = context;
    struct pool *pool = lane->pool;
    pool->calls--;
    if (!is_off) {
        LOG_AT(pool->parts.log, LOG_INFO, "drain.still_listed",
               LOG_NUMBER("partition", lane->partition),
               LOG_TEXT("error", err != NULL ? err->message : "it holds something"));
    }
    pool_check_drained(pool);
}

void pool_leave(struct pool *pool)
{
    pool->calls++; // a call may be answered before the next is made
    POOL_EACH_LANE(pool, lane)
    {
        if (redis_connection_is_ready(lane->command)) {
            pool->calls++;
            queue_leave(lane->queue, on_left, lane);
        }
    }
    pool->calls--;
}
