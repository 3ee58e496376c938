// SPDX-License-Identifier: MIT
#include "job_steps.h"

#include <string.h>

#define TO(step) (1u << (step))

const struct job_step JOB_STEPS[RUN_STEP_COUNT] = {
    [RUN_CLAIM] = {"claim", "Claim", NULL, RUN_FETCH,
                   TO(RUN_FETCH) | TO(RUN_FINISH) | TO(RUN_ABORT) | TO(RUN_STALL) | TO(RUN_CLEAN)},
    [RUN_FETCH] = {"fetch", "Fetch", job_work_fetch, RUN_BIND,
                   TO(RUN_BIND) | TO(RUN_FINISH) | TO(RUN_ABORT) | TO(RUN_STALL) | TO(RUN_CLEAN)},
    [RUN_BIND] = {"bind", "Bind", job_work_bind, RUN_EVALUATE,
                  TO(RUN_EVALUATE) | TO(RUN_FINISH) | TO(RUN_ABORT) | TO(RUN_STALL) |
                      TO(RUN_CLEAN)},
    [RUN_EVALUATE] = {"evaluate", "Evaluate", job_work_evaluate, RUN_RENDER,
                      TO(RUN_RENDER) | TO(RUN_FINISH) | TO(RUN_ABORT) | TO(RUN_STALL) |
                          TO(RUN_CLEAN)},
    [RUN_RENDER] = {"render", "Render", job_work_render, RUN_STORE,
                    TO(RUN_STORE) | TO(RUN_FINISH) | TO(RUN_ABORT) | TO(RUN_STALL) | TO(RUN_CLEAN)},
    [RUN_STORE] = {"store", "Store", job_work_store, RUN_FINISH,
                   TO(RUN_FINISH) | TO(RUN_ABORT) | TO(RUN_STALL) | TO(RUN_CLEAN)},
    [RUN_FINISH] = {"finish", "Finish", NULL, RUN_CLEAN,
                    TO(RUN_FINISH) | TO(RUN_CLEAN) | TO(RUN_ABORT) | TO(RUN_END)},
    [RUN_CLEAN] = {"clean", "Clean", job_work_clean, RUN_END, TO(RUN_END)},
    [RUN_STALL] = {"stall", "Stall", NULL, RUN_END,
                   TO(RUN_FETCH) | TO(RUN_BIND) | TO(RUN_EVALUATE) | TO(RUN_RENDER) |
                       TO(RUN_STORE) | TO(RUN_FINISH) | TO(RUN_ABORT) | TO(RUN_CLEAN)},
    [RUN_ABORT] = {"abort", "Abort", NULL, RUN_END, TO(RUN_FINISH) | TO(RUN_CLEAN) | TO(RUN_END)},
    [RUN_END] = {"end", "End", NULL, RUN_END, 0},
};

bool job_step_is_drilled(const struct pool_config *config, enum job_run_step step,
                         enum job_run_step next)
{
    bool is_on_its_way = step < RUN_FINISH;
    return config->drill_stall_ms > 0 && is_on_its_way &&
           strcmp(JOB_STEPS[next].name, config->drill_step) == 0;
}
