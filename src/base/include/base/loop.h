// SPDX-License-Identifier: MIT
//
// The libuv loop, with the two traps of its timers taken out: memory that must live until the close
// callback, and callbacks on objects that are gone.
//
// Timer: embedded in its owner, started and stopped any number of times, closed once. Rules of
// libuv kept here (docs, "uv_handle_t"): a handle's memory is needed until its close callback; the
// loop's time is cached. Thread: the loop's only.
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct loop_timer;
typedef void (*loop_timer_cb)(struct loop_timer *timer);
typedef void (*loop_closed_cb)(void *owner);

struct loop_timer {
    uv_timer_t handle;
    loop_timer_cb on_fire;
    void *owner; // handed to on_closed
    loop_closed_cb on_closed;
};

void loop_timer_init(struct loop_timer *timer, uv_loop_t *loop, loop_timer_cb on_fire, void *owner);
// Fires once after `delay_ms` (0: as soon as timers fire, never before this returns). Replaces what was
// set. Started while timers fire, one of 0 fires in the same turn (libuv 1.44): a timer that starts
// itself so lets nothing else have its turn.
void loop_timer_start(struct loop_timer *timer, int64_t delay_ms);
void loop_timer_stop(struct loop_timer *timer);
bool loop_timer_is_set(const struct loop_timer *timer);
// Ends the timer; on_closed(owner) runs in a later turn, and then the memory may go. `on_closed`
// may be NULL.
void loop_timer_close(struct loop_timer *timer, loop_closed_cb on_closed);

// An asynchronous end that waits for several handles: count up before each close, count down in
// each callback.
struct loop_closing {
    unsigned open_handles;
    loop_closed_cb on_closed;
    void *owner;
};
// Says that one more / one less handle is open; at zero on_closed(owner) is called (by the last
// down).
void loop_closing_up(struct loop_closing *closing);
void loop_closing_down(struct loop_closing *closing);

// ERR_* for a libuv status (negative), as "<what>: <text>".
enum err_kind loop_err(struct err *err, int uv_status, const char *what);
