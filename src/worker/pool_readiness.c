// SPDX-License-Identifier: MIT
//
// Readiness: whether the daemon could take a request now, make its report and record it. It is
// judged every LOOK_MS from what has happened lately, not from whether connections stand:
//
// of each partition that the pool owns:
//   the command and the blocking connection are ready, the queue is prepared
//   a script was answered lately              (the renewal is one each second)
//   the intake's reads and admissions, the claims, the sweeps and the renewals succeed (a full Redis
//   fails at admissions, and jobs go on to finish; a right that was taken away at any of them)
// of each partition:
//   the ends of jobs are recorded, and what others admit there is admitted (the front door)
// and
//   the store takes a file                    (looked at on a thread, each STORE_CHECK_MS)
//   the store takes what jobs write           (its breaker is closed: a small file may fit where no
//                                             report does)
//
// Each turns it red within 5 s, and all of them together green again. What failed is green when the
// same has succeeded: a finish, a renewal, a sweep, a read and what is pending of it are repeated in any
// case; a claim after each sweep, unless no slot is free, which the next end of a job makes good, or
// the store is away, which is red by itself until a claim tries it. For the door Redis is asked, each
// PROBE_MS, to do all that it does for an admission (queue_probe_admission): who is not ready is given
// no requests that would show it.
#include "pool_private.h"

#include "base/clock.h"

#include <stdio.h>

enum {
    LOOK_MS = 250,
    SILENT_MS = 3500, // with LOOK_MS and a loaded machine still within 5 s
    READ_GRACE_MS = 3000,
    FAILED_OFTEN = 2, // in a row: one alone comes with each lost connection
    PROBE_MS = 1000,
    STORE_CHECK_MS = 1000,
    NEVER_READY_MS = 5000,
    UNTRIED_MS = 15000, // no job came to try the store: others do the work, or there is none
};

bool pool_lane_is_connected(const struct pool_lane *lane)
{
    return lane->is_owned && lane->is_consuming && redis_connection_is_ready(lane->command) &&
           redis_connection_is_ready(lane->blocking);
}

// NULL: none.
static const char *message_of(const struct trouble *const *troubles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (troubles[i]->failures >= FAILED_OFTEN) {
            return troubles[i]->message;
        }
    }
    return NULL;
}

// Of any lane, owned or not.
static const char *fault_of_work(const struct pool_lane *lane)
{
    const struct trouble *const troubles[] = {&lane->finish_trouble, &lane->door_trouble};
    return message_of(troubles, ARRAY_LEN(troubles));
}

static const char *fault_of_owned(const struct pool_lane *lane, int64_t now_ms)
{
    const struct trouble *const troubles[] = {&lane->intake.trouble, &lane->claim_trouble,
                                              &lane->sweep_trouble, &lane->renew_trouble};
    if (!pool_lane_is_connected(lane)) {
        return lane->prepare_trouble.failures > 0 ? lane->prepare_trouble.message
                                                  : lane->pool->readiness.no_connection;
    }
    if (now_ms - lane->last_write_ms > SILENT_MS) {
        return lane->renew_trouble.failures > 0 ? lane->renew_trouble.message
                                                : "Redis does not answer";
    }
    const char *fault = message_of(troubles, ARRAY_LEN(troubles));
    if (fault != NULL) {
        return fault;
    }
    if (now_ms - lane->intake.last_read_ms > lane->pool->config.block_ms + READ_GRACE_MS) {
        return "no request could be read";
    }
    return NULL;
}

static const char *fault_of_lane(const struct pool_lane *lane, int64_t now_ms)
{
    const char *fault = lane->is_owned ? fault_of_owned(lane, now_ms) : NULL;
    return fault != NULL ? fault : fault_of_work(lane);
}

static unsigned count_owned(const struct pool *pool)
{
    unsigned count = 0;
    POOL_EACH_LANE(pool, lane)
    {
        count += lane->is_owned ? 1 : 0;
    }
    return count;
}

static const char *fault_of_lanes(const struct pool *pool, int64_t now_ms,
                                  char text[POOL_FAULT_BYTES])
{
    const struct pool_lane *zero = &pool->lanes[0];
    if (count_owned(pool) == 0) {
        return !zero->is_consuming && zero->prepare_trouble.failures > 0
                   ? zero->prepare_trouble.message
               : !zero->is_consuming ? pool->readiness.no_connection
                                     : "which partitions it has to read is not known yet";
    }
    POOL_EACH_LANE(pool, lane)
    {
        const char *fault = fault_of_lane(lane, now_ms);
        if (fault != NULL && pool->config.partitions > 1) {
            (void)snprintf(text, POOL_FAULT_BYTES, "partition %u: %s", lane->partition, fault);
            return text;
        }
        if (fault != NULL) {
            return fault;
        }
    }
    return NULL;
}

// Who is not ready is given no requests, and without any no job could tell that the store is back.
static bool is_store_away(const struct service *store)
{
    return service_state(store) != BREAKER_CLOSED &&
           (service_is_on_trial(store) || service_half_open_ms(store) < UNTRIED_MS);
}

// What is wrong; NULL: nothing.
static const char *find_fault(const struct pool *pool, char text[POOL_FAULT_BYTES])
{
    const struct pool_readiness *readiness = &pool->readiness;
    int64_t now_ms = clock_monotonic_ms();
    const char *fault = fault_of_lanes(pool, now_ms, text);
    if (fault != NULL) {
        return fault;
    }
    if (readiness->store_err.kind != ERR_OK) {
        return readiness->store_err.message;
    }
    const struct service *store = services_store(pool->services);
    if (is_store_away(store)) {
        (void)snprintf(text, POOL_FAULT_BYTES, "store: %s", service_cause(store)->message);
        return text;
    }
    if (now_ms - readiness->store_ok_ms > SILENT_MS) {
        (void)snprintf(text, POOL_FAULT_BYTES, "the store has not taken a file for %lld ms",
                       (long long)(now_ms - readiness->store_ok_ms));
        return text;
    }
    return NULL;
}

void pool_tell_readiness(struct pool *pool)
{
    if (pool_is_draining(pool)) {
        return; // it ends because it was told to; nobody needs a warning
    }
    char text[POOL_FAULT_BYTES];
    const char *fault = find_fault(pool, text);
    struct pool_readiness *readiness = &pool->readiness;
    bool ready = fault == NULL;
    // A start takes a moment; one that comes to nothing is told like any other trouble.
    bool is_stuck =
        !readiness->has_said && clock_monotonic_ms() - readiness->began_ms >= NEVER_READY_MS;
    if (ready != readiness->said_ready || is_stuck) {
        readiness->has_said = true;
        readiness->said_ready = ready;
        pool->events.on_ready(pool->events.owner, fault);
    }
}

bool pool_is_ready(const struct pool *pool)
{
    if (!pool->readiness.said_ready || count_owned(pool) == 0) {
        return false;
    }
    POOL_EACH_LANE(pool, lane)
    {
        if (lane->is_owned && !pool_lane_is_connected(lane)) {
            return false;
        }
    }
    return true;
}

// ---- the store

// On a thread: touches nothing of the pool but this check.
static void on_check(uv_work_t *work)
{
    struct pool_readiness *readiness = container_of(work, struct pool_readiness, work);
    readiness->check_err = ERR_INIT;
    (void)readiness->store->methods->check(readiness->store, &readiness->check_err);
}

static void on_checked(uv_work_t *work, int status)
{
    ENSURE(status == 0);
    struct pool_readiness *readiness = container_of(work, struct pool_readiness, work);
    struct pool *pool = container_of(readiness, struct pool, readiness);
    readiness->is_checking = false;
    readiness->store_err = readiness->check_err;
    if (readiness->store_err.kind == ERR_OK) {
        readiness->store_ok_ms = clock_monotonic_ms();
    }
    if (pool->state == POOL_DRAINED) {
        if (readiness->is_closing) {
            loop_closing_down(&pool->closing);
        }
        return;
    }
    pool_tell_readiness(pool);
}

static void check_store(struct pool *pool)
{
    struct pool_readiness *readiness = &pool->readiness;
    int64_t now_ms = clock_monotonic_ms();
    if (!readiness->is_checking && now_ms - readiness->checked_ms >= STORE_CHECK_MS) {
        readiness->is_checking = true;
        readiness->checked_ms = now_ms;
        int status = uv_queue_work(pool->parts.loop, &readiness->work, on_check, on_checked);
        ENSURE(status == 0);
    }
}

// ---- admissions of others

void pool_note_admission(struct pool *pool, unsigned partition, const struct err *err)
{
    REQUIRE(partition < pool->config.partitions);
    struct pool_lane *lane = &pool->lanes[partition];
    if (err == NULL) {
        trouble_end(&lane->door_trouble);
    } else {
        trouble_count(&lane->door_trouble, err);
    }
}

static void on_probed(void *context, const struct err *err)
{
    struct pool_lane *lane = context;
    struct pool *pool = lane->pool;
    pool->calls--;
    lane->is_probing = false;
    pool_note_admission(pool, lane->partition, err);
    pool_check_drained(pool);
}

static void probe_admission(struct pool_lane *lane)
{
    int64_t now_ms = clock_monotonic_ms();
    if (lane->door_trouble.failures > 0 && !lane->is_probing &&
        now_ms - lane->probed_ms >= PROBE_MS && redis_connection_is_ready(lane->command)) {
        lane->is_probing = true;
        lane->probed_ms = now_ms;
        lane->pool->calls++;
        queue_probe_admission(lane->queue, on_probed, lane);
    }
}

static void on_look(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    if (pool_is_draining(pool)) {
        return;
    }
    check_store(pool);
    POOL_EACH_LANE(pool, lane)
    {
        probe_admission(lane);
    }
    pool_look_at_store(pool);
    pool_tell_readiness(pool);
    loop_timer_start(&pool->readiness.timer, LOOK_MS);
}

void pool_readiness_init(struct pool *pool)
{
    struct pool_readiness *readiness = &pool->readiness;
    readiness->store = pool->parts.store;
    readiness->began_ms = clock_monotonic_ms();
    readiness->store_ok_ms = readiness->began_ms; // it was opened just now
    (void)text_copy(readiness->no_connection, sizeof(readiness->no_connection),
                    "no connection to Redis");
    loop_timer_init(&readiness->timer, pool->parts.loop, on_look, pool);
    loop_timer_start(&readiness->timer, LOOK_MS);
}

void pool_readiness_close(struct pool *pool)
{
    // The close of the timer itself is the pool's; a check under way is waited for.
    pool->readiness.is_closing = true;
    if (pool->readiness.is_checking) {
        loop_closing_up(&pool->closing);
    }
}
