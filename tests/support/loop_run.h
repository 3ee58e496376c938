// SPDX-License-Identifier: MIT
//
// Runs a loop in a test, until something is so or a deadline has passed. Nothing sleeps: the loop
// waits for its events. Thread: the loop's.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

// Says whether what the test waits for has happened. Asked in each turn of the loop, before it
// waits for events. After true, the loop takes in what is there already and stops.
typedef bool (*loop_run_cb)(void *context);

// Milliseconds that a test waits for anything that should happen soon. Long, because a busy
// machine is slow; a test that passes does not wait for it.
enum { LOOP_RUN_LIMIT_MS = 20000 };

// True when `is_done` said so within LOOP_RUN_LIMIT_MS.
bool loop_run_until(uv_loop_t *loop, loop_run_cb is_done, void *context);
// As loop_run_until, with a limit of its own. To show that something does *not* happen, keep it
// short.
bool loop_run_until_in(uv_loop_t *loop, loop_run_cb is_done, void *context, int64_t limit_ms);

// Runs the loop until every handle is closed, then closes the loop. False, with the handles that
// are left on standard error, when some are still open at the deadline: a leak.
bool loop_run_close(uv_loop_t *loop);
