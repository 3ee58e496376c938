// SPDX-License-Identifier: MIT
//
// The steps of a job's run and their order: where success leads, what may follow, and what a step
// does on a task thread. Constant. Private to worker. Thread: any.
#pragma once

#include "job_work.h"

#include <stdbool.h>

enum job_run_step {
    RUN_CLAIM, // where a run begins: the job is ours, nothing has been done
    RUN_FETCH,
    RUN_BIND,
    RUN_EVALUATE,
    RUN_RENDER,
    RUN_STORE,
    RUN_FINISH,
    RUN_CLEAN,
    RUN_STALL, // a failure drill holds the job in front of a step
    RUN_ABORT, // told to stop; waits for what is under way
    RUN_END,
    RUN_STEP_COUNT
};

struct job_step {
    const char *name;
    const char *title; // in error codes
    // On a task thread; NULL for steps on the loop alone.
    enum err_kind (*work)(struct job_work *work, struct err *err);
    enum job_run_step done; // where success leads
    unsigned allowed;       // the steps that may follow, 1 << step of each
};

extern const struct job_step JOB_STEPS[RUN_STEP_COUNT];

// Whether a failure drill holds a run that comes from `step` in front of `next`.
bool job_step_is_drilled(const struct pool_config *config, enum job_run_step step,
                         enum job_run_step next);
