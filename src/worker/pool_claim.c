// SPDX-License-Identifier: MIT
//
// Runs, the claims that start them, and how lanes share the slots.
//
// A run's end claims the next job of the same lane in the same script, as long as no other lane has
// jobs that wait. If one has, the slot goes back to the pool, and the lanes where jobs may wait get
// the free slots in turn, each its share. So a backlog in one partition does not hold up the others,
// and a pool with a single partition pays nothing for it.
//
// A job that is to run alone (queue_is_alone_next) gets the whole pool: as soon as a lane has seen one,
// nothing is claimed until all runs have ended; then it is, and nothing beside it.
//
// A pool that has nothing to do looks into a partition that others own, one with each heartbeat: a
// backlog there is everybody's, as it would be in a queue of one partition.
#include "pool_private.h"

#include "base/clock.h"
#include "base/mem.h"

// ---- runs

unsigned pool_running(const struct pool *pool)
{
    return pool->busy;
}

struct pool_lane *pool_lane_of_run(const struct job_run *run)
{
    return job_run_owner(run);
}

unsigned pool_lane_running(const struct pool_lane *lane)
{
    return lane->busy;
}

static bool may_claim_for(const struct pool_lane *lane)
{
    return lane->pool->state == POOL_RUNNING && lane->is_consuming;
}

// A lane in which a job that is to run alone comes next; NULL: none. Only those that are swept: a
// sweep tells when another worker has it. In the others their owners see to it.
static struct pool_lane *find_alone(const struct pool *pool)
{
    POOL_EACH_LANE(pool, lane)
    {
        if (pool_lane_may_read(lane) && queue_is_alone_next(lane->queue)) {
            return lane;
        }
    }
    return NULL;
}

unsigned pool_free_slots(const struct pool *pool)
{
    if (pool->is_alone || find_alone(pool) != NULL) {
        return 0;
    }
    unsigned taken = pool_running(pool) + pool->reserved;
    unsigned free = taken < pool->config.max_jobs ? pool->config.max_jobs - taken : 0;
    const struct service *store = services_store(pool->services);
    switch (service_state(store)) {
    case BREAKER_CLOSED:
        return free;
    case BREAKER_OPEN:
        return 0;
    case BREAKER_HALF_OPEN:
        return free > 0 && pool->reserved == 0 && !service_is_on_trial(store) ? 1 : 0;
    }
    return 0;
}

static void wake_readers(struct pool *pool)
{
    POOL_EACH_LANE(pool, lane)
    {
        pool_intake_wake(lane);
    }
}

void pool_start_jobs(struct pool_lane *lane, const struct queue_job *jobs, size_t count,
                     int64_t sent_at_ms)
{
    struct pool *pool = lane->pool;
    for (size_t i = 0; i < count; i++) {
        struct job_run *run = job_run_create(&lane->run_context, &jobs[i], sent_at_ms,
                                             pool->accounts, pool->rulebook);
        const struct trace *trace = &job_run_job(run)->trace;
        job_run_list_add(&pool->runs, run);
        pool->busy++;
        lane->busy++;
        LOG_AT(pool->parts.log, LOG_INFO, "job.start", LOG_TEXT("report", jobs[i].report_id),
               LOG_TEXT("account", jobs[i].account_id), LOG_TEXT("pack", jobs[i].pack_id),
               LOG_NUMBER("fence", jobs[i].fence), LOG_NUMBER("attempt", jobs[i].attempts),
               LOG_TEXT("trace_id", trace->trace_id), LOG_TEXT("span_id", trace->parent_id));
        pool_watch_lease(pool, run);
        if (jobs[i].is_alone) {
            LOG_AT(pool->parts.log, LOG_WARNING, "job.alone", LOG_TEXT("report", jobs[i].report_id),
                   LOG_NUMBER("crashes", jobs[i].crashes), LOG_TEXT("trace_id", trace->trace_id));
        }
        if (pool->state == POOL_DRAINING) { // claimed just before the drain began
            (void)job_run_stop(run, JOB_STOP_HAND_BACK);
        }
    }
    if (count > 0) {
        trouble_end(&lane->claim_trouble);
    }
    if (count > 0 && pool_free_slots(pool) == 0) {
        wake_readers(pool);
    }
}

static unsigned count_hungry(const struct pool *pool, const struct pool_lane *but_not)
{
    unsigned count = 0;
    POOL_EACH_LANE(pool, lane)
    {
        count += lane != but_not && lane->has_work && may_claim_for(lane) ? 1 : 0;
    }
    return count;
}

static unsigned may_claim(void *owner)
{
    struct pool_lane *lane = owner;
    if (!may_claim_for(lane) || find_alone(lane->pool) != NULL) {
        return 0;
    }
    bool takes_all = service_state(services_store(lane->pool->services)) == BREAKER_CLOSED;
    if (takes_all && count_hungry(lane->pool, lane) == 0) {
        return 1;
    }
    lane->has_work = true; // nobody looked
    return 0;
}

static void on_claimed(void *owner, const struct queue_job *jobs, size_t count, int64_t sent_at_ms)
{
    pool_start_jobs(owner, jobs, count, sent_at_ms);
}

static void on_given_up(void *owner, const struct job_run *run)
{
    const struct pool_lane *lane = owner;
    pool_note_unsure(lane->pool, run);
}

static void on_idle(void *owner)
{
    struct pool_lane *lane = owner;
    INVARIANT(lane->busy > 0 && lane->pool->busy > 0);
    lane->busy--;
    lane->pool->busy--;
    lane->pool->is_alone = lane->pool->is_alone && lane->pool->busy > 0;
}

void pool_note_alone(struct pool_lane *lane)
{
    lane->has_work = lane->has_work || queue_is_alone_next(lane->queue);
}

static void on_finished(void *owner, enum queue_outcome outcome, enum queue_finished result)
{
    struct pool_lane *lane = owner;
    struct pool_counters *counters = &lane->pool->counters;
    lane->last_write_ms = clock_monotonic_ms();
    pool_note_alone(lane);
    trouble_end(&lane->finish_trouble);
    if (result == QUEUE_REFUSED) {
        counters->leases_lost++;
        return;
    }
    counters->completed += outcome == QUEUE_COMPLETE ? 1 : 0;
    counters->failed += outcome == QUEUE_FAILED ? 1 : 0;
    counters->cancelled += outcome == QUEUE_CANCEL ? 1 : 0;
    counters->retried += outcome == QUEUE_RETRY ? 1 : 0;
}

static void on_unanswered(void *owner, const struct err *err)
{
    struct pool_lane *lane = owner;
    trouble_count(&lane->finish_trouble, err);
}

static void on_complete(void *owner, const struct job_judged *judged)
{
    const struct pool_lane *lane = owner;
    struct pool_counters *counters = &lane->pool->counters;
    counters->resources += judged->resources;
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        counters->findings.of[i] += judged->findings.of[i];
    }
}

static void on_stage(void *owner, enum pool_stage stage, int64_t ms)
{
    const struct pool_lane *lane = owner;
    histogram_add(&lane->pool->counters.stages[stage], ms);
}

static void read_on(struct pool *pool)
{
    POOL_EACH_LANE(pool, lane)
    {
        pool_intake_next(lane);
    }
}

static void on_run_end(void *owner, struct job_run *ended)
{
    struct pool *pool = ((struct pool_lane *)owner)->pool;
    job_run_list_remove(ended);
    pool_claim_next(pool);
    read_on(pool);
    pool_check_drained(pool);
}

void pool_stop_runs(struct pool *pool, const struct pool_lane *lane, enum job_run_stop why)
{
    for (struct job_run *run = LIST_FIRST(&pool->runs); run != NULL; run = job_run_next(run)) {
        if (lane == NULL || pool_lane_of_run(run) == lane) {
            (void)job_run_stop(run, why);
        }
    }
}

// ---- claims

struct claim_call {
    struct pool_lane *lane;
    unsigned reserved;
    int64_t sent_at_ms; // clock_boot_ms
    bool is_alone;
};

static void on_claim(void *context, const struct queue_job *jobs, size_t count,
                     const struct err *err)
{
    struct claim_call *call = context;
    struct pool_lane *lane = call->lane;
    struct pool *pool = lane->pool;
    pool->calls--;
    pool->reserved -= call->reserved;
    lane->is_claiming = false;
    // An error says nothing; the next sweep tells whether jobs wait.
    lane->has_work = err == NULL && count == call->reserved;
    int64_t sent_at_ms = call->sent_at_ms;
    if (call->is_alone) {
        pool->is_alone = count > 0 && jobs[0].is_alone;
    }
    mem_free(&call);
    if (err != NULL) {
        trouble_note(&lane->claim_trouble, pool->parts.log, "queue.claim_failed", err);
        lane->is_whole = false;
    } else {
        if (lane->is_whole) { // though it found nothing
            trouble_end(&lane->claim_trouble);
        }
        pool_note_alone(lane);
        pool_start_jobs(lane, jobs, count, sent_at_ms);
    }
    pool_claim_next(pool);
    read_on(pool);
    pool_check_drained(pool);
}

unsigned pool_share_of(const struct pool_lane *lane)
{
    unsigned sharers = 1 + count_hungry(lane->pool, lane);
    unsigned share = (pool_free_slots(lane->pool) + sharers - 1) / sharers;
    return share < QUEUE_BATCH_MAX ? share : QUEUE_BATCH_MAX;
}

static struct claim_call *begin_claim(struct pool_lane *lane, unsigned count)
{
    struct pool *pool = lane->pool;
    struct claim_call *call = mem_alloc(1, sizeof(*call));
    *call = (struct claim_call){.lane = lane, .reserved = count, .sent_at_ms = clock_boot_ms()};
    pool->reserved += count;
    pool->calls++;
    lane->is_claiming = true;
    lane->last_claim_ms = clock_monotonic_ms();
    return call;
}

static void claim(struct pool_lane *lane, unsigned count)
{
    struct claim_call *call = begin_claim(lane, count);
    queue_claim(lane->queue, count, on_claim, call);
}

// As soon as nothing else runs or is on its way.
static void claim_alone(struct pool_lane *lane)
{
    struct pool *pool = lane->pool;
    bool may_store = service_state(services_store(pool->services)) != BREAKER_OPEN;
    if (may_store && lane->has_work && pool->busy + pool->reserved == 0) {
        struct claim_call *call = begin_claim(lane, 1);
        call->is_alone = true;
        pool->is_alone = true;
        queue_claim_alone(lane->queue, on_claim, call);
    }
}

void pool_claim_next(struct pool *pool)
{
    struct pool_lane *alone = find_alone(pool);
    if (alone != NULL) {
        claim_alone(alone);
        return;
    }
    unsigned lanes = pool->config.partitions;
    for (unsigned i = 0, first = pool->next_lane; i < lanes; i++) {
        struct pool_lane *lane = &pool->lanes[(first + i) % lanes];
        if (!lane->has_work || lane->is_claiming || !may_claim_for(lane)) {
            continue;
        }
        unsigned share = pool_share_of(lane);
        if (share == 0) {
            return;
        }
        pool->next_lane = (lane->partition + 1) % lanes;
        claim(lane, share);
    }
}

void pool_look_at_store(struct pool *pool)
{
    enum breaker_state state = service_state(services_store(pool->services));
    if (state == pool->store_state) {
        return;
    }
    pool->store_state = state;
    POOL_EACH_LANE(pool, lane)
    {
        lane->has_work = lane->has_work || lane->is_owned; // nobody looked
    }
    pool_claim_next(pool);
    read_on(pool);
}

struct pool_outages pool_outages(const struct pool *pool)
{
    return (struct pool_outages){.upstreams = services_away(pool->services, SERVICE_UPSTREAM),
                                 .stores = services_away(pool->services, SERVICE_STORE)};
}

void pool_help(struct pool *pool)
{
    if (pool_free_slots(pool) == 0 || count_hungry(pool, NULL) > 0) {
        return;
    }
    unsigned lanes = pool->config.partitions;
    for (unsigned i = 0, first = pool->next_help; i < lanes; i++) {
        struct pool_lane *lane = &pool->lanes[(first + i) % lanes];
        if (!lane->is_owned && may_claim_for(lane)) {
            pool->next_help = (lane->partition + 1) % lanes;
            lane->has_work = true; // the claim tells
            pool_claim_next(pool);
            return;
        }
    }
}

void pool_claim_init(struct pool_lane *lane)
{
    struct pool *pool = lane->pool;
    const struct pool_parts *parts = &pool->parts;
    lane->run_context = (struct job_run_context){.loop = parts->loop,
                                                 .tasks = parts->tasks,
                                                 .source = parts->source,
                                                 .store = parts->store,
                                                 .queue = lane->queue,
                                                 .services = pool->services,
                                                 .log = parts->log,
                                                 .config = &pool->config,
                                                 .owner = lane,
                                                 .may_claim = may_claim,
                                                 .on_stage = on_stage,
                                                 .on_complete = on_complete,
                                                 .on_claimed = on_claimed,
                                                 .on_given_up = on_given_up,
                                                 .on_unanswered = on_unanswered,
                                                 .on_idle = on_idle,
                                                 .on_finished = on_finished,
                                                 .on_end = on_run_end};
}
