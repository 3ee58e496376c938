// SPDX-License-Identifier: MIT
//
// Tasks: CPU work and blocking file work on threads of our own, with completion on the loop.
//
// libuv's own pool has four threads that name resolution shares (docs, "Thread pool work
// scheduling"), so an evaluation of some seconds there would starve it. A task's `run` is called on
// a pool thread and touches only what its owner gave it; `done` is called on the loop's thread,
// never before tasks_submit has returned. Tasks start in the order of submission. At most
// TASKS_QUEUE_MAX wait (more is a programming error: the pool of job runs is bounded). Thread: all
// functions on the loop's thread, but task_is_cancelled on any.
#pragma once

#include "base/err.h"
#include "base/loop.h"

#include <stdatomic.h>
#include <stdbool.h>

enum { TASKS_THREADS_MAX = 256, TASKS_QUEUE_MAX = 4096 };

struct tasks;
struct task;

struct task {
    void (*run)(struct task *task);  // pool thread
    void (*done)(struct task *task); // loop thread; the task's memory may go in here
    atomic_bool cancelled;
    struct task *next; // the pool's
};

// Starts `threads` threads (1 to TASKS_THREADS_MAX). ERR_INTERNAL when the system gives none.
enum err_kind tasks_create(uv_loop_t *loop, unsigned threads, struct tasks **tasks_out,
                           struct err *err);
// Waits for running tasks, then calls `done` of each and on_closed(owner) from the loop. No submit
// after it.
void tasks_close(struct tasks *tasks, loop_closed_cb on_closed, void *owner);

void tasks_submit(struct tasks *tasks, struct task *task);
// Asks a task to stop; a task that has not started still runs (and sees it at once). `done` comes
// in any case.
void task_cancel(struct task *task);
bool task_is_cancelled(struct task *task);
