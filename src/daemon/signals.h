// SPDX-License-Identifier: MIT
//
// Signals as events of the loop: SIGTERM and SIGINT, SIGHUP. Private to daemon. Thread: the loop's.
#pragma once

#include "base/loop.h"

struct signals;

struct signals_events {
    void *owner;
    void (*on_terminate)(void *owner); // at each SIGTERM or SIGINT
    void (*on_hang_up)(void *owner);
};

struct signals *signals_create(uv_loop_t *loop, const struct signals_events *events);
void signals_close(struct signals *signals, loop_closed_cb on_closed, void *owner);
