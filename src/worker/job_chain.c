// SPDX-License-Identifier: MIT
#include "job_chain.h"

#include "base/clock.h"
#include "base/mem.h"

// On the task thread.
static void on_task_run(struct task *task)
{
    struct job_chain *chain = container_of(task, struct job_chain, task);
    int step = atomic_load(&chain->step);
    chain->err = ERR_INIT;
    int64_t began_ms = clock_monotonic_ms();
    while (step != RUN_ABORT && JOB_STEPS[step].work(chain->work, &chain->err) == ERR_OK) {
        int64_t ended_ms = clock_monotonic_ms();
        chain->took_ms[step] = ended_ms - began_ms;
        began_ms = ended_ms;
        enum job_run_step next = JOB_STEPS[step].done;
        if (JOB_STEPS[next].work == NULL ||
            job_step_is_drilled(chain->config, (enum job_run_step)step, next) ||
            !atomic_compare_exchange_strong(&chain->step, &step, (int)next)) {
            return;
        }
        step = (int)next;
    }
}

static void on_task_done(struct task *task)
{
    struct job_chain *chain = container_of(task, struct job_chain, task);
    chain->on_done(chain);
}

void job_chain_init(struct job_chain *chain, struct job_work *work,
                    const struct pool_config *config, void (*on_done)(struct job_chain *chain))
{
    chain->work = work;
    chain->config = config;
    chain->on_done = on_done;
}

void job_chain_start(struct job_chain *chain, struct tasks *tasks, enum job_run_step first)
{
    atomic_store(&chain->step, (int)first);
    chain->task = (struct task){.run = on_task_run, .done = on_task_done};
    tasks_submit(tasks, &chain->task);
}

enum job_run_step job_chain_step(const struct job_chain *chain)
{
    return (enum job_run_step)atomic_load(&chain->step);
}

enum job_run_step job_chain_hold(struct job_chain *chain)
{
    int step = atomic_load(&chain->step);
    while (step != RUN_STORE &&
           !atomic_compare_exchange_strong(&chain->step, &step, (int)RUN_ABORT)) {
    }
    return (enum job_run_step)step;
}
