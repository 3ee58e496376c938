// SPDX-License-Identifier: MIT
//
// The pool's ear: one blocking read of `control` after another, also while it drains, so that a
// cancel is heeded then, too. When it fails it is tried again after a pause that grows; of cancels
// renewals tell until then.
#include "pool_private.h"

#include "queue/control.h"

// A second word is heeded only when it is a stronger one: an operator may have lost the answer.
static void heed_drain(struct pool *pool, const struct queue_word *word)
{
    if (word->hand_back || (word->drain && !pool_is_draining(pool))) {
        pool->events.on_drain_word(pool->events.owner, word->hand_back);
    }
}

static void on_word(void *context, const struct queue_word *word, const struct err *err)
{
    struct pool *pool = context;
    pool->control.is_listening = false;
    if (err != NULL && pool->state != POOL_DRAINED) {
        trouble_note(&pool->control.trouble, pool->parts.log, "control.listen_failed", err);
        loop_timer_start(&pool->control.timer, trouble_pause_ms(&pool->control.trouble));
    } else {
        trouble_end(&pool->control.trouble);
        if (word != NULL && word->renew && !LIST_EMPTY(&pool->runs)) {
            pool_renew_leases(pool);
        }
        if (word != NULL) {
            heed_drain(pool, word);
        }
        pool_control_listen(pool);
    }
    pool_check_drained(pool);
}

// Nothing left that word could be about.
static bool is_over(const struct pool *pool)
{
    return pool->state == POOL_LEAVING || pool->state == POOL_DRAINED ||
           (pool->state == POOL_DRAINING && pool_is_empty(pool));
}

void pool_control_listen(struct pool *pool)
{
    if (pool->control.is_listening || is_over(pool) || loop_timer_is_set(&pool->control.timer) ||
        !redis_connection_is_ready(pool->parts.control)) {
        return;
    }
    pool->control.is_listening = true;
    queue_listen(pool->lanes[0].queue, pool->parts.control, pool->config.block_ms, on_word, pool);
}

bool pool_control_end(struct pool *pool)
{
    if (pool->control.is_listening && redis_connection_is_ready(pool->parts.control) &&
        redis_connection_is_ready(pool->lanes[0].command)) {
        queue_wake_reader(pool->lanes[0].queue,
                          redis_connection_server(pool->parts.control)->client_id);
    }
    return !pool->control.is_listening;
}

static void on_control_timer(struct loop_timer *timer)
{
    pool_control_listen(timer->owner);
}

void pool_control_init(struct pool *pool)
{
    loop_timer_init(&pool->control.timer, pool->parts.loop, on_control_timer, pool);
}
