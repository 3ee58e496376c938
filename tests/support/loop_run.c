// SPDX-License-Identifier: MIT
#include "loop_run.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

// Not on the stack: its memory is needed until the close callback, in a later turn of the loop.
struct deadline {
    uv_timer_t timer;
    bool passed;
};

static void on_deadline(uv_timer_t *timer)
{
    ((struct deadline *)timer->data)->passed = true;
}

static void on_deadline_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct deadline *deadline_open(uv_loop_t *loop, int64_t limit_ms)
{
    struct deadline *deadline = calloc(1, sizeof(*deadline));
    assert(deadline != NULL);
    uv_update_time(loop);
    (void)uv_timer_init(loop, &deadline->timer);
    deadline->timer.data = deadline;
    (void)uv_timer_start(&deadline->timer, on_deadline, (uint64_t)limit_ms, 0);
    return deadline;
}

bool loop_run_until(uv_loop_t *loop, loop_run_cb is_done, void *context)
{
    return loop_run_until_in(loop, is_done, context, LOOP_RUN_LIMIT_MS);
}

bool loop_run_until_in(uv_loop_t *loop, loop_run_cb is_done, void *context, int64_t limit_ms)
{
    struct deadline *deadline = deadline_open(loop, limit_ms);
    bool done = is_done(context);
    while (!done && !deadline->passed) {
        (void)uv_run(loop, UV_RUN_ONCE);
        done = is_done(context);
    }
    uv_close((uv_handle_t *)&deadline->timer, on_deadline_closed);
    return done;
}

bool loop_run_close(uv_loop_t *loop)
{
    struct deadline *deadline = deadline_open(loop, LOOP_RUN_LIMIT_MS);
    uv_unref((uv_handle_t *)&deadline->timer);
    while (uv_loop_alive(loop) && !deadline->passed) {
        (void)uv_run(loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&deadline->timer, on_deadline_closed);
    (void)uv_run(loop, UV_RUN_NOWAIT);
    if (uv_loop_close(loop) == 0) {
        return true;
    }
    (void)fputs("handles left on the loop:\n", stderr);
    uv_print_all_handles(loop, stderr);
    return false;
}
