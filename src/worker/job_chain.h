// SPDX-License-Identifier: MIT
//
// Steps on a task thread that follow one another are one task: the thread goes on by itself, which
// saves a small job most of its time. So the thread may be ahead of the step that the loop knows;
// `step` is the truth meanwhile, and what the thread and somebody who stops the run agree by.
// Private to worker. Thread: the loop's.
#pragma once

#include "base/tasks.h"
#include "job_steps.h"

#include <stdatomic.h>
#include <stdint.h>

struct job_chain {
    struct job_work *work;
    const struct pool_config *config;
    // The thread does no more: its last step succeeded and the next is the loop's, it failed with
    // `err`, or the chain was held.
    void (*on_done)(struct job_chain *chain);
    struct task task;
    atomic_int step; // the one in hand; RUN_ABORT: no further one shall begin
    // The thread's; to be read of steps that the chain has left, and of all when it is done.
    int64_t took_ms[RUN_STEP_COUNT]; // each step that succeeded
    struct err err;
};

// Before the first use; everything is borrowed.
void job_chain_init(struct job_chain *chain, struct job_work *work,
                    const struct pool_config *config, void (*on_done)(struct job_chain *chain));
// Goes on until a step is left to the loop, fails, or is in front of a drill. One at a time.
void job_chain_start(struct job_chain *chain, struct tasks *tasks, enum job_run_step first);
enum job_run_step job_chain_step(const struct job_chain *chain);
// Keeps the thread from going on to another step, and returns the one that it has in hand. Storing
// is not to be kept from its end: that is a rename away.
enum job_run_step job_chain_hold(struct job_chain *chain);
