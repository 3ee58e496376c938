// SPDX-License-Identifier: MIT
//
// What a run has to do with the breakers of what it needs (services.h): whether it may begin, and
// whose fault it is when a step fails.
#include "job_run_private.h"

#include "base/clock.h"
#include "base/random.h"

#include <errno.h>

// A run that may not begin holds its slot for a while and asks once more: so a backlog whose service
// is away is put off at a pace that leaves Redis and jobs of other services alone, and a trial that
// succeeds meanwhile is heeded at once.
enum { PAUSE_MS = 500 };

void job_run_join_services(struct job_run *run)
{
    (void)service_enter(services_store(run->context->services),
                        &run->store_use); // or it was claimed too late: it will not begin
}

void job_run_leave_services(struct job_run *run)
{
    service_leave(&run->upstream_use);
    service_leave(&run->store_use);
}

static void put_off(struct job_run *run, const struct service *service)
{
    const struct pool_config *config = run->context->config;
    struct err cause = *service_cause(service);
    (void)err_prefix(&cause, "%s is away, and no attempt was begun", service_name(service));
    int64_t spread_ms = (int64_t)random_below((uint64_t)config->breaker_base_ms + 1);
    // Whoever meets a job that is to run alone ends first what it runs: not for one that cannot run.
    int64_t wait_ms = run->job.is_alone ? config->breaker_cap_ms : service_wait_ms(service);
    job_run_decide_wait(run, &cause, wait_ms + spread_ms);
    job_run_advance(run, RUN_FINISH);
}

void job_run_begin(struct job_run *run)
{
    if (run->store_use.service == NULL) { // others have a store of their own, and may begin at once
        run->ending = (struct job_ending){.outcome = QUEUE_HAND_BACK};
        run->ended_step = RUN_CLAIM;
        job_run_advance(run, RUN_FINISH);
        return;
    }
    bool needs_upstream = run->account != NULL && run->context->source->methods->read == NULL;
    struct service *upstream =
        needs_upstream ? services_upstream(run->context->services, run->account->base_url) : NULL;
    if (upstream == NULL || service_enter(upstream, &run->upstream_use)) {
        job_run_advance(run, RUN_FETCH);
    } else if (!run->has_paused && run->store_use.trial == 0) { // a trial keeps all other slots
        run->has_paused = true;
        loop_timer_start(&run->timer, PAUSE_MS);
    } else {
        put_off(run, upstream);
    }
}

void job_run_note_fetched(struct job_run *run)
{
    if (run->upstream_use.service != NULL) {
        service_note_answer(&run->upstream_use);
    }
}

void job_run_note_stored(struct job_run *run)
{
    service_note_answer(&run->store_use);
}

// What nobody has to mend at the account or the pack; 429 has a budget of its own.
static bool is_upstreams_fault(const struct err *cause)
{
    return !cause->is_throttled && (cause->kind == ERR_UNAVAILABLE || cause->kind == ERR_TIMEOUT ||
                                    cause->kind == ERR_CORRUPT);
}

// An error that the service itself has given.
static bool is_answer(const struct err *cause)
{
    return cause->upstream_code[0] != '\0' || cause->kind == ERR_NOT_FOUND ||
           cause->kind == ERR_LIMIT;
}

// While the inventory is evaluated it may be that which cannot be read; but for want of room only
// what is written fails.
static bool is_stores_fault(const struct job_run *run, enum job_run_step step,
                            const struct err *cause)
{
    bool is_staged = run->work.folder != NULL;
    bool lacks_room =
        cause->errno_value == ENOSPC || cause->errno_value == EDQUOT || cause->errno_value == EROFS;
    return cause->kind == ERR_IO && (step == RUN_RENDER || step == RUN_STORE ||
                                     (step == RUN_EVALUATE && (!is_staged || lacks_room)));
}

static struct service_use *blame(struct job_run *run, enum job_run_step step,
                                 const struct err *cause)
{
    if (step == RUN_FETCH && run->upstream_use.service != NULL) {
        if (is_upstreams_fault(cause)) {
            return &run->upstream_use;
        }
        if (is_answer(cause)) {
            service_note_answer(&run->upstream_use);
        }
        return NULL;
    }
    return is_stores_fault(run, step, cause) ? &run->store_use : NULL;
}

bool job_run_is_patient(const struct job_run *run)
{
    return clock_wall_ms() - run->job.accepted_at_ms < run->context->config->outage_patience_ms;
}

bool job_run_excuses(struct job_run *run, enum job_run_step step, const struct err *cause,
                     int64_t *wait_ms_out)
{
    struct service_use *use = blame(run, step, cause);
    if (use == NULL || service_note_failure(use, cause, run->job.accepted_at_ms)) {
        return false;
    }
    // Of a store that is away another worker may know nothing.
    *wait_ms_out = use == &run->upstream_use ? service_wait_ms(use->service) : 0;
    return job_run_is_patient(run);
}
