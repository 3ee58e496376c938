// SPDX-License-Identifier: MIT
//
// The pool's runs, claims, recovery and drain. Reading and admitting stand in pool_intake.c, the
// leases in pool_lease.c, word from operators in pool_control.c.
//
//   waiting --connected, prepared--> consuming --drain--> draining --nothing held--> drained
//      ^-----connection went down--------'
#include "pool_private.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"

#include <string.h>

enum { HAND_BACK_AGAIN_MS = 1000 };

// ---- runs

unsigned pool_running(const struct pool *pool)
{
    unsigned busy = 0;
    for (const struct job_run *run = pool->runs; run != NULL; run = job_run_next(run)) {
        busy += job_run_is_busy(run) ? 1 : 0;
    }
    return busy;
}

unsigned pool_free_slots(const struct pool *pool)
{
    unsigned taken = pool_running(pool) + pool->reserved;
    return taken < pool->config.max_jobs ? pool->config.max_jobs - taken : 0;
}

void pool_start_jobs(struct pool *pool, const struct queue_job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct account *account = account_find(pool->accounts, jobs[i].account_id);
        struct job_run *run = job_run_create(&pool->run_context, &jobs[i], account, pool->rulebook);
        job_run_set_next(run, pool->runs);
        pool->runs = run;
        LOG_AT(pool->parts.log, LOG_INFO, "job.start", LOG_TEXT("report", jobs[i].report_id),
               LOG_TEXT("account", jobs[i].account_id), LOG_TEXT("pack", jobs[i].pack_id),
               LOG_NUMBER("fence", jobs[i].fence), LOG_NUMBER("attempt", jobs[i].attempts));
        if (pool->state == POOL_DRAINING) { // claimed just before the drain began
            (void)job_run_stop(run, JOB_STOP_HAND_BACK);
        }
    }
    if (count > 0 && pool_free_slots(pool) == 0) {
        pool_intake_wake(pool);
    }
}

static unsigned may_claim(void *owner)
{
    const struct pool *pool = owner;
    return pool->state == POOL_CONSUMING ? 1 : 0;
}

static void on_claimed(void *owner, const struct queue_job *jobs, size_t count)
{
    pool_start_jobs(owner, jobs, count);
}

static void on_finished(void *owner, enum queue_outcome outcome, enum queue_finished result)
{
    struct pool *pool = owner;
    struct pool_counters *counters = &pool->counters;
    pool->last_write_ms = clock_monotonic_ms();
    if (result == QUEUE_REFUSED) {
        counters->leases_lost++;
        return;
    }
    counters->completed += outcome == QUEUE_COMPLETE ? 1 : 0;
    counters->failed += outcome == QUEUE_FAILED ? 1 : 0;
    counters->cancelled += outcome == QUEUE_CANCEL ? 1 : 0;
    counters->retried += outcome == QUEUE_RETRY ? 1 : 0;
}

static void on_run_end(void *owner, struct job_run *ended)
{
    struct pool *pool = owner;
    struct job_run *before = NULL;
    for (struct job_run *run = pool->runs; run != ended; run = job_run_next(run)) {
        INVARIANT(run != NULL);
        before = run;
    }
    if (before == NULL) {
        pool->runs = job_run_next(ended);
    } else {
        job_run_set_next(before, job_run_next(ended));
    }
    pool_intake_next(pool);
    pool_check_drained(pool);
}

void pool_stop_runs(struct pool *pool, enum job_run_stop why)
{
    for (struct job_run *run = pool->runs; run != NULL; run = job_run_next(run)) {
        (void)job_run_stop(run, why);
    }
}

// ---- claims

struct claim_call {
    struct pool *pool;
    unsigned reserved;
};

static void on_claim(void *context, const struct queue_job *jobs, size_t count,
                     const struct err *err)
{
    struct claim_call *call = context;
    struct pool *pool = call->pool;
    pool->calls--;
    pool->reserved -= call->reserved;
    mem_free(&call);
    if (err != NULL) {
        trouble_note(&pool->claim_trouble, pool->parts.log, "queue.claim_failed", err);
    } else {
        trouble_end(&pool->claim_trouble);
        pool_start_jobs(pool, jobs, count);
    }
    pool_intake_next(pool);
    pool_check_drained(pool);
}

static void claim_for_free_slots(struct pool *pool)
{
    unsigned wanted = pool_free_slots(pool);
    if (wanted == 0 || pool->state != POOL_CONSUMING) {
        return;
    }
    struct claim_call *call = mem_alloc(1, sizeof(*call));
    *call = (struct claim_call){.pool = pool,
                                .reserved = wanted < QUEUE_BATCH_MAX ? wanted : QUEUE_BATCH_MAX};
    pool->reserved += call->reserved;
    pool->calls++;
    queue_claim(pool->parts.queue, call->reserved, on_claim, call);
}

// ---- recovery

static void start_sweep_timer(struct pool *pool)
{
    int64_t interval_ms = pool->config.sweep_interval_ms;
    loop_timer_start(&pool->sweep_timer,
                     interval_ms / 2 + (int64_t)random_below((uint64_t)interval_ms + 1));
}

static void on_swept(void *context, const struct queue_sweep_result *result, const struct err *err)
{
    struct pool *pool = context;
    pool->calls--;
    if (err != NULL) {
        trouble_note(&pool->sweep_trouble, pool->parts.log, "queue.sweep_failed", err);
    } else {
        trouble_end(&pool->sweep_trouble);
        pool->last_write_ms = clock_monotonic_ms();
        if (result->recovered + result->released + result->mended + result->cancelled > 0) {
            LOG_AT(pool->parts.log, LOG_WARNING, "queue.recovered",
                   LOG_NUMBER("expired_leases", result->recovered),
                   LOG_NUMBER("released_packs", result->released),
                   LOG_NUMBER("mended_jobs", result->mended),
                   LOG_NUMBER("cancelled_jobs", result->cancelled));
        }
        if (result->late > 0) {
            LOG_AT(pool->parts.log, LOG_INFO, "queue.late", LOG_NUMBER("jobs", result->late));
        }
        if (result->buried > 0) {
            LOG_AT(pool->parts.log, LOG_ERROR, "queue.poison", LOG_NUMBER("jobs", result->buried));
        }
        if (result->ready > 0) {
            claim_for_free_slots(pool);
        }
    }
    pool_check_drained(pool);
}

static void on_sweep_timer(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    if (pool->state == POOL_DRAINING || pool->state == POOL_DRAINED) {
        return;
    }
    if (pool->state == POOL_CONSUMING) {
        pool->calls++;
        queue_sweep(pool->parts.queue, on_swept, pool);
        pool_intake_take_over(pool);
    } else if (redis_connection_is_ready(pool->parts.command)) {
        pool_command_is_up(pool); // preparing failed; once more
    }
    start_sweep_timer(pool);
}

// ---- connections

bool pool_is_draining(const struct pool *pool)
{
    return pool->state == POOL_DRAINING || pool->state == POOL_DRAINED;
}

static void on_prepared(void *context, const struct err *err)
{
    struct pool *pool = context;
    pool->calls--;
    pool->is_preparing = false;
    if (err != NULL && err->kind == ERR_CONFIG) {
        pool->events.on_unusable(pool->events.owner, err);
    } else if (err != NULL) {
        trouble_note(&pool->prepare_trouble, pool->parts.log, "queue.prepare_failed", err);
    } else if (pool->state == POOL_WAITING) {
        pool->state = POOL_CONSUMING;
        trouble_end(&pool->prepare_trouble);
        if (pool->runs == NULL) { // leases that are held go by their own renewals
            pool->last_renewal_ms = clock_monotonic_ms();
        }
        pool->last_write_ms = clock_monotonic_ms();
        pool->intake.last_read_ms = pool->last_write_ms;
        pool->intake.own_is_read = false;
        // What failed while Redis was away says nothing about now: no pause is served out.
        loop_timer_stop(&pool->intake.timer);
        trouble_end(&pool->intake.trouble);
        claim_for_free_slots(pool);
        pool_intake_next(pool);
        pool_tell_readiness(pool);
    }
    pool_check_drained(pool);
}

void pool_command_is_up(struct pool *pool)
{
    if (pool->state != POOL_WAITING || pool->is_preparing) {
        return;
    }
    pool->is_preparing = true;
    pool->calls++;
    queue_prepare(pool->parts.queue, pool->config.partitions, on_prepared, pool);
}

void pool_blocking_is_up(struct pool *pool)
{
    pool_intake_next(pool);
    pool_tell_readiness(pool);
}

void pool_control_is_up(struct pool *pool)
{
    pool_control_listen(pool);
}

void pool_connection_is_down(struct pool *pool)
{
    if (pool->state == POOL_CONSUMING && !redis_connection_is_ready(pool->parts.command)) {
        pool->state = POOL_WAITING;
    }
    pool_tell_readiness(pool);
}

bool pool_is_healthy(const struct pool *pool, int64_t within_ms)
{
    int64_t now_ms = clock_monotonic_ms();
    return pool_is_connected(pool) && now_ms - pool->last_write_ms < within_ms &&
           now_ms - pool->intake.last_read_ms < within_ms;
}

// ---- drain and end

bool pool_is_empty(const struct pool *pool)
{
    return pool->runs == NULL && pool->calls == 0;
}

void pool_check_drained(struct pool *pool)
{
    if (pool->state == POOL_DRAINING && pool_is_empty(pool) && pool_control_end(pool)) {
        pool->state = POOL_DRAINED;
        loop_timer_stop(&pool->drain_timer);
        pool->events.on_drained(pool->events.owner);
    }
}

static void hand_back_all(struct pool *pool)
{
    LOG_AT(pool->parts.log, LOG_WARNING, "drain.hand_back", LOG_NUMBER("jobs", pool_running(pool)));
    pool_stop_runs(pool, JOB_STOP_HAND_BACK);
}

// Fires at once for a drain with nothing to wait for, and again when the time is up.
static void on_drain_timer(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    if (pool->runs != NULL) {
        hand_back_all(pool);
        // A run whose end Redis does not take is asked again until it gives up.
        loop_timer_start(&pool->drain_timer, HAND_BACK_AGAIN_MS);
    }
    pool_check_drained(pool);
}

void pool_drain(struct pool *pool)
{
    if (pool->state == POOL_DRAINED) {
        return;
    }
    if (pool->state == POOL_DRAINING) {
        loop_timer_start(&pool->drain_timer, 0);
        return;
    }
    pool->state = POOL_DRAINING;
    queue_set_draining(pool->parts.queue);
    LOG_AT(pool->parts.log, LOG_INFO, "drain.begin", LOG_NUMBER("jobs", pool_running(pool)));
    pool_intake_wake(pool);
    loop_timer_stop(&pool->intake.timer);
    loop_timer_start(&pool->drain_timer, pool->runs == NULL ? 0 : pool->config.drain_timeout_ms);
    pool_tell_readiness(pool);
}

static void on_timer_closed(void *owner)
{
    struct pool *pool = owner;
    loop_closing_down(&pool->closing);
}

// Frees the pool before it calls on: the owner may end everything in there.
static void on_all_closed(void *owner)
{
    struct pool *pool = owner;
    loop_closed_cb on_closed = pool->events.on_closed;
    void *on_closed_owner = pool->events.owner;
    rulebook_unref(&pool->rulebook);
    mem_free(&pool);
    on_closed(on_closed_owner);
}

void pool_close(struct pool *pool)
{
    REQUIRE(pool->state == POOL_DRAINED);
    pool->closing = (struct loop_closing){.on_closed = on_all_closed, .owner = pool};
    pool_readiness_close(pool);
    struct loop_timer *timers[] = {&pool->intake.timer, &pool->control.timer,
                                   &pool->renew_timer,  &pool->sweep_timer,
                                   &pool->drain_timer,  &pool->readiness.timer};
    for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
        loop_closing_up(&pool->closing);
        loop_timer_close(timers[i], on_timer_closed);
    }
}

// ---- beginning

struct pool *pool_create(const struct pool_config *config, const struct pool_parts *parts,
                         const struct pool_events *events)
{
    REQUIRE(config->max_jobs >= 1 && config->max_jobs <= POOL_JOBS_MAX);
    struct pool *pool = mem_alloc(1, sizeof(*pool));
    pool->config = *config;
    pool->parts = *parts;
    pool->events = *events;
    pool->run_context = (struct job_run_context){.loop = parts->loop,
                                                 .tasks = parts->tasks,
                                                 .source = parts->source,
                                                 .store = parts->store,
                                                 .queue = parts->queue,
                                                 .log = parts->log,
                                                 .config = &pool->config,
                                                 .owner = pool,
                                                 .may_claim = may_claim,
                                                 .on_claimed = on_claimed,
                                                 .on_finished = on_finished,
                                                 .on_end = on_run_end};
    pool_intake_init(pool);
    pool_lease_init(pool);
    pool_readiness_init(pool);
    pool_control_init(pool);
    loop_timer_init(&pool->sweep_timer, parts->loop, on_sweep_timer, pool);
    loop_timer_init(&pool->drain_timer, parts->loop, on_drain_timer, pool);
    start_sweep_timer(pool);
    return pool;
}

void pool_set_accounts(struct pool *pool, const struct account_set *accounts)
{
    pool->accounts = accounts;
}

void pool_set_rulebook(struct pool *pool, struct rulebook *rulebook)
{
    rulebook_unref(&pool->rulebook);
    pool->rulebook = rulebook_ref(rulebook);
}

const struct pool_counters *pool_counters(const struct pool *pool)
{
    return &pool->counters;
}
