// SPDX-License-Identifier: MIT
#include "base/loop.h"

void loop_timer_init(struct loop_timer *timer, uv_loop_t *loop, loop_timer_cb on_fire, void *owner)
{
    *timer = (struct loop_timer){.on_fire = on_fire, .owner = owner};
    int status = uv_timer_init(loop, &timer->handle);
    ENSURE(status == 0);
}

static void on_timer(uv_timer_t *handle)
{
    struct loop_timer *timer = container_of(handle, struct loop_timer, handle);
    timer->on_fire(timer);
}

void loop_timer_start(struct loop_timer *timer, int64_t delay_ms)
{
    REQUIRE(delay_ms >= 0);
    // The loop's time is cached (docs, uv_update_time); after long work the delay would be counted
    // from the past.
    uv_update_time(timer->handle.loop);
    int status = uv_timer_start(&timer->handle, on_timer, (uint64_t)delay_ms, 0);
    ENSURE(status == 0);
}

void loop_timer_stop(struct loop_timer *timer)
{
    (void)uv_timer_stop(&timer->handle);
}

bool loop_timer_is_set(const struct loop_timer *timer)
{
    return uv_is_active((const uv_handle_t *)&timer->handle) != 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct loop_timer *timer = container_of((uv_timer_t *)handle, struct loop_timer, handle);
    if (timer->on_closed != NULL) {
        timer->on_closed(timer->owner);
    }
}

void loop_timer_close(struct loop_timer *timer, loop_closed_cb on_closed)
{
    REQUIRE(!uv_is_closing((uv_handle_t *)&timer->handle));
    timer->on_closed = on_closed;
    uv_close((uv_handle_t *)&timer->handle, on_timer_closed);
}

void loop_closing_up(struct loop_closing *closing)
{
    closing->open_handles++;
}

void loop_closing_down(struct loop_closing *closing)
{
    REQUIRE(closing->open_handles > 0);
    if (--closing->open_handles == 0 && closing->on_closed != NULL) {
        closing->on_closed(closing->owner);
    }
}

enum err_kind loop_err(struct err *err, int uv_status, const char *what)
{
    REQUIRE(uv_status < 0);
    enum err_kind kind = uv_status == UV_ETIMEDOUT ? ERR_TIMEOUT
                         : uv_status == UV_ENOENT  ? ERR_NOT_FOUND
                                                   : ERR_UNAVAILABLE;
    return err_set(err, kind, "%s: %s", what, uv_strerror(uv_status));
}
