// SPDX-License-Identifier: MIT
#include "loop_run.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

// One wait. Not on the stack: the memory of handles is needed until their close callbacks, in a
// later turn of the loop.
struct wait {
    uv_timer_t deadline;
    uv_prepare_t before_poll; // what is waited for may come from a timer, before the loop blocks
    unsigned open_handles;
    loop_run_cb is_done;
    void *context;
    bool was_done;
};

static void on_deadline(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void on_before_poll(uv_prepare_t *handle)
{
    struct wait *wait = handle->data;
    wait->was_done = wait->is_done(wait->context);
    if (wait->was_done) {
        uv_stop(handle->loop);
    }
}

static void on_wait_closed(uv_handle_t *handle)
{
    struct wait *wait = handle->data;
    if (--wait->open_handles == 0) {
        free(wait);
    }
}

static struct wait *wait_open(uv_loop_t *loop, int64_t limit_ms)
{
    struct wait *wait = calloc(1, sizeof(*wait));
    assert(wait != NULL);
    uv_update_time(loop);
    (void)uv_timer_init(loop, &wait->deadline);
    (void)uv_prepare_init(loop, &wait->before_poll);
    wait->deadline.data = wait;
    wait->before_poll.data = wait;
    wait->open_handles = 2;
    (void)uv_timer_start(&wait->deadline, on_deadline, (uint64_t)limit_ms, 0);
    return wait;
}

static void wait_close(struct wait *wait)
{
    uv_close((uv_handle_t *)&wait->deadline, on_wait_closed);
    uv_close((uv_handle_t *)&wait->before_poll, on_wait_closed);
}

bool loop_run_until(uv_loop_t *loop, loop_run_cb is_done, void *context)
{
    return loop_run_until_in(loop, is_done, context, LOOP_RUN_LIMIT_MS);
}

bool loop_run_until_in(uv_loop_t *loop, loop_run_cb is_done, void *context, int64_t limit_ms)
{
    struct wait *wait = wait_open(loop, limit_ms);
    wait->is_done = is_done;
    wait->context = context;
    (void)uv_prepare_start(&wait->before_poll, on_before_poll);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    bool done = wait->was_done || is_done(context);
    wait_close(wait);
    return done;
}

bool loop_run_close(uv_loop_t *loop)
{
    struct wait *wait = wait_open(loop, LOOP_RUN_LIMIT_MS);
    uv_unref((uv_handle_t *)&wait->deadline);
    (void)uv_run(loop, UV_RUN_DEFAULT); // returns when nothing is left, or at the deadline
    wait_close(wait);
    (void)uv_run(loop, UV_RUN_NOWAIT);
    if (uv_loop_close(loop) == 0) {
        return true;
    }
    (void)fputs("handles left on the loop:\n", stderr);
    uv_print_all_handles(loop, stderr);
    return false;
}
