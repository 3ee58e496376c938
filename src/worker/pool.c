// SPDX-License-Identifier: MIT
//
// The pool's life, its connections and its drain. Runs and claims stand in pool_claim.c, recovery in
// pool_sweep.c, reading and admitting in pool_intake.c, the leases in pool_lease.c, word from
// operators in pool_control.c, the last word in pool_leave.c.
//
//   pool    running --drain--> draining --nothing held--> leaving --off the list--> drained
//   lane    waiting --connected, prepared--> consuming --connection went down--> waiting
//           and apart from that owned or not (pool_owners.c)
#include "pool_private.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>

enum { DRAIN_LOOK_MS = 1000 };

// ---- connections

bool pool_is_draining(const struct pool *pool)
{
    return pool->state != POOL_RUNNING;
}

bool pool_lane_may_read(const struct pool_lane *lane)
{
    return lane->is_owned && lane->is_consuming && lane->pool->state == POOL_RUNNING;
}

static void begin_consuming(struct pool_lane *lane)
{
    lane->is_consuming = true;
    trouble_end(&lane->prepare_trouble);
    lane->last_write_ms = clock_monotonic_ms();
    lane->intake.last_read_ms = lane->last_write_ms;
    lane->intake.own_is_read = false;
    lane->has_work = true;
    // What failed while Redis was away says nothing about now: no pause is served out.
    loop_timer_stop(&lane->intake.timer);
    trouble_end(&lane->intake.trouble);
    pool_renew_lane(lane); // before it reads: who dies then is known, and what it read is found
    pool_claim_next(lane->pool);
    pool_intake_next(lane);
    if (lane->partition == 0) {
        pool_owners_look(lane->pool);
    }
    pool_tell_readiness(lane->pool);
}

static void on_prepared(void *context, const struct err *err)
{
    struct pool_lane *lane = context;
    struct pool *pool = lane->pool;
    pool->calls--;
    lane->is_preparing = false;
    lane->last_heard_ms = clock_monotonic_ms();
    if (err != NULL && err->kind == ERR_CONFIG) {
        pool->events.on_unusable(pool->events.owner, err);
    } else if (err != NULL) {
        trouble_note(&lane->prepare_trouble, pool->parts.log, "queue.prepare_failed", err);
    } else if (pool->state == POOL_RUNNING) {
        begin_consuming(lane);
        pool->number_is_known = true;
        pool_command_is_up(pool); // the lanes that waited for it
    }
    pool_check_drained(pool);
}

void pool_lane_prepare(struct pool_lane *lane)
{
    struct pool *pool = lane->pool;
    if (pool->state != POOL_RUNNING || lane->is_consuming || lane->is_preparing ||
        !redis_connection_is_ready(lane->command) ||
        (lane->partition != 0 && !pool->number_is_known)) {
        return;
    }
    lane->is_preparing = true;
    pool->calls++;
    queue_prepare(lane->queue, on_prepared, lane);
}

void pool_command_is_up(struct pool *pool)
{
    POOL_EACH_LANE(pool, lane)
    {
        pool_lane_prepare(lane);
    }
}

void pool_blocking_is_up(struct pool *pool)
{
    POOL_EACH_LANE(pool, lane)
    {
        pool_intake_next(lane);
    }
    pool_tell_readiness(pool);
}

void pool_control_is_up(struct pool *pool)
{
    pool_control_listen(pool);
}

void pool_connection_is_down(struct pool *pool, const struct err *err)
{
    (void)snprintf(pool->readiness.no_connection, sizeof(pool->readiness.no_connection),
                   "no connection to Redis: %s", err->message);
    pool->last_down_ms = clock_monotonic_ms();
    POOL_EACH_LANE(pool, lane)
    {
        lane->is_consuming = lane->is_consuming && redis_connection_is_ready(lane->command);
    }
    pool_tell_readiness(pool);
}

bool pool_is_healthy(const struct pool *pool, int64_t within_ms)
{
    int64_t now_ms = clock_monotonic_ms();
    POOL_EACH_LANE(pool, lane)
    {
        if (pool_lane_is_connected(lane) && now_ms - lane->last_write_ms < within_ms &&
            now_ms - lane->intake.last_read_ms < within_ms) {
            return true;
        }
    }
    return false;
}

// Redis answers, if only that it refuses: what stands still meanwhile is tried again.
static bool is_refused(const struct pool_lane *lane, int64_t now_ms, int64_t within_ms)
{
    const struct trouble *trouble =
        lane->is_consuming ? &lane->intake.trouble : &lane->prepare_trouble;
    return now_ms - lane->last_heard_ms < within_ms && trouble->failures > 0;
}

bool pool_is_alive(const struct pool *pool, int64_t within_ms)
{
    int64_t now_ms = clock_monotonic_ms();
    if (pool_is_draining(pool) || pool_is_healthy(pool, within_ms) ||
        (pool->last_down_ms > 0 && now_ms - pool->last_down_ms < within_ms)) {
        return true;
    }
    POOL_EACH_LANE(pool, lane)
    {
        if (is_refused(lane, now_ms, within_ms)) {
            return true;
        }
    }
    return false;
}

// ---- drain and end

bool pool_is_empty(const struct pool *pool)
{
    return LIST_EMPTY(&pool->runs) && pool->calls == 0;
}

void pool_check_drained(struct pool *pool)
{
    if (pool->state == POOL_DRAINING && pool_is_empty(pool) && pool_control_end(pool)) {
        pool->state = POOL_LEAVING;
        loop_timer_stop(&pool->drain_timer);
        pool_leave(pool);
    }
    if (pool->state == POOL_LEAVING && pool->calls == 0) {
        pool->state = POOL_DRAINED;
        pool->events.on_drained(pool->events.owner);
    }
}

static void hand_back_all(struct pool *pool)
{
    LOG_AT(pool->parts.log, LOG_WARNING, "drain.hand_back", LOG_NUMBER("jobs", pool_running(pool)));
    pool_stop_runs(pool, NULL, JOB_STOP_HAND_BACK);
}

// Fires at once where nothing runs, else when the time is up; then again and again until all is over.
// A claim that was on its way may bring a job yet, and a run whose end Redis does not take gives up
// only when it is asked once more.
static void on_drain_timer(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    if (!LIST_EMPTY(&pool->runs)) {
        hand_back_all(pool);
    }
    pool_check_drained(pool);
    if (pool->state == POOL_DRAINING) {
        loop_timer_start(&pool->drain_timer, DRAIN_LOOK_MS);
    }
}

void pool_drain(struct pool *pool)
{
    if (pool->state == POOL_LEAVING || pool->state == POOL_DRAINED) {
        return;
    }
    if (pool->state == POOL_DRAINING) {
        loop_timer_start(&pool->drain_timer, 0);
        return;
    }
    pool->state = POOL_DRAINING;
    LOG_AT(pool->parts.log, LOG_INFO, "drain.begin", LOG_NUMBER("jobs", pool_running(pool)));
    POOL_EACH_LANE(pool, lane)
    {
        pool_intake_wake(lane);
        loop_timer_stop(&lane->intake.timer);
    }
    if (pool->config.partitions > 1) {
        pool_renew_leases(pool); // others take its partitions the sooner
    }
    loop_timer_start(&pool->drain_timer,
                     LIST_EMPTY(&pool->runs) ? 0 : pool->config.drain_timeout_ms);
    pool_tell_readiness(pool);
}

static void on_timer_closed(void *owner)
{
    struct pool *pool = owner;
    loop_closing_down(&pool->closing);
}

static void on_lane_timer_closed(void *owner)
{
    struct pool_lane *lane = owner;
    loop_closing_down(&lane->pool->closing);
}

// Frees the pool before it calls on: the owner may end everything in there.
static void on_all_closed(void *owner)
{
    struct pool *pool = owner;
    loop_closed_cb on_closed = pool->events.on_closed;
    void *on_closed_owner = pool->events.owner;
    rulebook_unref(&pool->rulebook);
    services_destroy(&pool->services);
    mem_free(&pool->lanes);
    mem_free(&pool);
    on_closed(on_closed_owner);
}

void pool_close(struct pool *pool)
{
    REQUIRE(pool->state == POOL_DRAINED);
    pool->closing = (struct loop_closing){.on_closed = on_all_closed, .owner = pool};
    pool_readiness_close(pool);
    POOL_EACH_LANE(pool, lane)
    {
        loop_closing_up(&pool->closing);
        loop_timer_close(&lane->intake.timer, on_lane_timer_closed);
    }
    struct loop_timer *timers[] = {&pool->control.timer, &pool->renew_timer,
                                   &pool->unsure_timer,  &pool->sweep_timer,
                                   &pool->drain_timer,   &pool->readiness.timer};
    for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
        loop_closing_up(&pool->closing);
        loop_timer_close(timers[i], on_timer_closed);
    }
}

// ---- beginning

static void init_lane(struct pool_lane *lane, struct pool *pool, unsigned partition)
{
    const struct pool_partition *part = &pool->parts.partitions[partition];
    lane->pool = pool;
    lane->partition = partition;
    lane->queue = part->queue;
    lane->command = part->command;
    pool_claim_init(lane);
    pool_intake_init(lane);
}

struct pool *pool_create(const struct pool_config *config, const struct pool_parts *parts,
                         const struct pool_events *events)
{
    REQUIRE(config->max_jobs >= 1 && config->max_jobs <= POOL_JOBS_MAX);
    REQUIRE(config->partitions >= 1 && config->partitions <= QUEUE_PARTITIONS_MAX);
    struct pool *pool = mem_alloc(1, sizeof(*pool));
    pool->config = *config;
    pool->parts = *parts;
    pool->events = *events;
    LIST_INIT(&pool->runs);
    const struct breaker_policy policy = {.threshold = config->breaker_threshold,
                                          .base_ms = config->breaker_base_ms,
                                          .cap_ms = config->breaker_cap_ms};
    pool->services = services_create(&policy, parts->log);
    pool->lanes = mem_alloc(config->partitions, sizeof(*pool->lanes));
    for (unsigned i = 0; i < config->partitions; i++) {
        init_lane(&pool->lanes[i], pool, i);
    }
    pool->parts.partitions = NULL; // the caller's
    pool_lease_init(pool);
    pool_readiness_init(pool);
    pool_control_init(pool);
    pool_sweep_init(pool);
    loop_timer_init(&pool->drain_timer, parts->loop, on_drain_timer, pool);
    if (config->partitions == 1) {
        pool_lane_own(&pool->lanes[0]);
    }
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
