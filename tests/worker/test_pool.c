// SPDX-License-Identifier: MIT
//
// A pool of one partition over a queue that answers when the test says so, and as it says: for what
// seldom happens, and in a certain order only. What happens often is simulated in tests/sim.
#include "fake_run.h"
#include "loop_run.h"
#include "pool_private.h"
#include "queue/control.h"
#include "queue/intake.h"

#include <criterion/criterion.h>

TestSuite(pool, .init = fake_run_set_up, .fini = fake_run_tear_down, .timeout = 120);

enum { LONG_MS = 600000, SHORT_MS = 2 };

// ---- the queue, and a connection that is always ready. queue_finish is that of fake_run.c

static struct {
    queue_done_cb on_prepared;
    void *prepared_context;
    queue_claim_cb on_claimed;
    void *claimed_context;
    unsigned claims;
    unsigned alone_claims;
    bool is_alone_next;
    queue_read_cb on_read; // of the read under way, of either kind
    void *read_context;
    unsigned own_reads; // so far
    unsigned new_reads;
    unsigned take_overs; // under way
    queue_read_cb on_taken_over;
    void *taken_over_context;
    queue_renew_cb on_renewed;
    void *renewed_context;
    struct loop_timer renewal; // is never answered well
    unsigned renewals;
    unsigned sweeps; // under way
    queue_sweep_cb on_swept;
    void *swept_context;
    unsigned leaves;
    unsigned endings_at_leave; // that the queue had been told when the pool left it
    bool is_leave_held;        // the answer comes with answer_leave
    queue_left_cb on_left;
    void *left_context;
    bool is_drained;
    bool is_closed;
} seen;

void queue_prepare(struct queue *queue, queue_done_cb callback, void *context)
{
    (void)queue;
    seen.on_prepared = callback;
    seen.prepared_context = context;
}

void queue_claim(struct queue *queue, unsigned max, queue_claim_cb callback, void *context)
{
    (void)queue;
    (void)max;
    seen.claims++;
    seen.on_claimed = callback;
    seen.claimed_context = context;
}

void queue_claim_alone(struct queue *queue, queue_claim_cb callback, void *context)
{
    (void)queue;
    seen.alone_claims++;
    seen.on_claimed = callback;
    seen.claimed_context = context;
}

bool queue_is_alone_next(const struct queue *queue)
{
    (void)queue;
    return seen.is_alone_next;
}

void queue_read_own(struct queue *queue, queue_read_cb callback, void *context)
{
    (void)queue;
    seen.own_reads++;
    seen.on_read = callback;
    seen.read_context = context;
}

void queue_read(struct queue *queue, struct redis_connection *connection, unsigned max,
                int64_t block_ms, queue_read_cb callback, void *context)
{
    (void)queue;
    (void)connection;
    (void)max;
    (void)block_ms;
    seen.new_reads++;
    seen.on_read = callback;
    seen.read_context = context;
}

void queue_wake_reader(struct queue *queue, int64_t blocking_client_id)
{
    (void)queue;
    (void)blocking_client_id; // the test answers the read
}

void queue_take_over(struct queue *queue, int64_t idle_ms, queue_read_cb callback, void *context)
{
    (void)queue;
    (void)idle_ms;
    seen.take_overs++;
    seen.on_taken_over = callback;
    seen.taken_over_context = context;
}

void queue_sweep(struct queue *queue, queue_sweep_cb callback, void *context)
{
    (void)queue;
    seen.sweeps++;
    seen.on_swept = callback;
    seen.swept_context = context;
}

static struct err no_redis(void)
{
    struct err err = ERR_INIT;
    (void)err_set(&err, ERR_UNAVAILABLE, "Redis is away");
    return err;
}

static void on_renewal_timer(struct loop_timer *timer)
{
    (void)timer;
    const struct err err = no_redis();
    seen.on_renewed(seen.renewed_context, NULL, 0, &err);
}

void queue_renew(struct queue *queue, const struct queue_heartbeat *heartbeat,
                 queue_renew_cb callback, void *context)
{
    (void)queue;
    (void)heartbeat;
    seen.renewals++;
    seen.on_renewed = callback;
    seen.renewed_context = context;
    loop_timer_start(&seen.renewal, 0);
}

static void answer_leave(bool is_off, const struct err *err)
{
    queue_left_cb on_left = seen.on_left;
    seen.on_left = NULL;
    on_left(seen.left_context, is_off, err);
}

void queue_leave(struct queue *queue, queue_left_cb callback, void *context)
{
    (void)queue;
    seen.leaves++;
    seen.endings_at_leave = fake.finish_calls;
    seen.on_left = callback;
    seen.left_context = context;
    if (!seen.is_leave_held) {
        answer_leave(true, NULL);
    }
}

// Not asked for in these tests.

void queue_admit(struct queue *queue, const struct queue_entry *entries, size_t count,
                 unsigned claim_max, queue_admit_cb callback, void *context)
{
    (void)queue;
    (void)entries;
    (void)count;
    (void)claim_max;
    (void)callback;
    (void)context;
    cr_assert_fail("an admission");
}

void queue_probe_admission(struct queue *queue, queue_done_cb callback, void *context)
{
    (void)queue;
    (void)callback;
    (void)context;
    cr_assert_fail("a probe");
}

void queue_listen(struct queue *queue, struct redis_connection *connection, int64_t block_ms,
                  queue_word_cb callback, void *context)
{
    (void)queue;
    (void)connection;
    (void)block_ms;
    (void)callback;
    (void)context;
    cr_assert_fail("a listener");
}

void queue_list_workers(struct queue *queue, queue_workers_cb callback, void *context)
{
    (void)queue;
    (void)callback;
    (void)context;
    cr_assert_fail("a look at the workers");
}

const char *queue_worker_id(const struct queue *queue)
{
    (void)queue;
    return "test";
}

bool redis_connection_is_ready(const struct redis_connection *connection)
{
    return connection != NULL;
}

const struct redis_server_info *redis_connection_server(const struct redis_connection *connection)
{
    (void)connection;
    static const struct redis_server_info info = {.client_id = 1};
    return &info;
}

// ---- the pool

static struct redis_connection *a_connection(void)
{
    static char it;
    return (struct redis_connection *)(void *)&it; // nobody looks inside
}

static struct redis_connection *open_blocking(void *owner, unsigned partition)
{
    (void)owner;
    (void)partition;
    return a_connection();
}

static void close_blocking(void *owner, unsigned partition)
{
    (void)owner;
    (void)partition;
}

static enum err_kind check(struct store *store, struct err *err)
{
    (void)store;
    (void)err;
    return ERR_OK;
}

static void on_ready(void *owner, const char *fault)
{
    (void)owner;
    (void)fault;
}

static void on_drained(void *owner)
{
    (void)owner;
    seen.is_drained = true;
}

static void on_closed(void *owner)
{
    (void)owner;
    seen.is_closed = true;
}

// Ready to be told that its connections are up. Times are so long that nothing comes by itself.
static struct pool *create_pool(void)
{
    static struct store_methods methods;
    static struct account account = {.id = "1", .base_url = "", .inventory = "inventory.ndjson"};
    static const struct account_set accounts = {.items = &account, .count = 1};
    methods = *fake.store.methods;
    methods.check = check;
    fake.store.methods = &methods;
    fake.config.max_jobs = 2;
    fake.config.partitions = 1;
    fake.config.lease_ms = fake.config.lease_ms == 0 ? LONG_MS : fake.config.lease_ms;
    fake.config.block_ms = LONG_MS;
    fake.config.sweep_interval_ms = fake.config.sweep_interval_ms == 0 ? LONG_MS : SHORT_MS;
    fake.config.drain_timeout_ms = LONG_MS;
    fake.config.take_over_idle_ms = SHORT_MS;
    const struct pool_partition partition = {.command = a_connection()};
    const struct pool_parts parts = {
        .loop = &fake.loop,
        .log = fake.log,
        .partitions = &partition,
        .links = {.open_blocking = open_blocking, .close_blocking = close_blocking},
        .tasks = fake.tasks,
        .source = &fake.source,
        .store = &fake.store};
    const struct pool_events events = {
        .on_ready = on_ready, .on_drained = on_drained, .on_closed = on_closed};
    loop_timer_init(&seen.renewal, &fake.loop, on_renewal_timer, NULL);
    struct pool *pool = pool_create(&fake.config, &parts, &events);
    pool_set_accounts(pool, &accounts);
    pool_set_rulebook(pool, fake.rulebook);
    return pool;
}

static bool is_drained(void *context)
{
    (void)context;
    return seen.is_drained;
}

static bool is_leaving(void *context)
{
    (void)context;
    return seen.on_left != NULL;
}

static bool is_closed(void *context)
{
    (void)context;
    return seen.is_closed;
}

static void on_later(struct loop_timer *timer)
{
    *(bool *)timer->owner = true;
}

static bool is_later(void *context)
{
    return *(bool *)context;
}

// Timers fire in the order of their times, so what was due before has fired then.
static void run_timers_due_in(int64_t ms)
{
    bool is_over = false;
    struct loop_timer later;
    loop_timer_init(&later, &fake.loop, on_later, &is_over);
    loop_timer_start(&later, ms + 1);
    cr_assert(loop_run_until(&fake.loop, is_later, &is_over));
    loop_timer_close(&later, NULL);
    (void)uv_run(&fake.loop, UV_RUN_NOWAIT); // its memory ends here
}

static void run_timers_due_now(void)
{
    run_timers_due_in(0);
}

static void answer_read(const struct queue_read *read, const struct err *err)
{
    queue_read_cb on_read = seen.on_read;
    seen.on_read = NULL;
    on_read(seen.read_context, read, err);
}

// Connected and prepared; a claim, and the read of what is this consumer's own, are on their way.
static struct pool *start_pool(void)
{
    struct pool *pool = create_pool();
    pool_command_is_up(pool);
    seen.on_prepared(seen.prepared_context, NULL);
    cr_assert(seen.on_claimed != NULL && seen.own_reads == 1);
    return pool;
}

static void close_drained(struct pool *pool)
{
    cr_assert(loop_run_until(&fake.loop, is_drained, NULL), "the drain does not end");
    pool_close(pool);
    cr_assert(loop_run_until(&fake.loop, is_closed, NULL));
    loop_timer_close(&seen.renewal, NULL);
}

// The claim was on its way when the drain began, and nothing else was held. Its job is handed back,
// which Redis does not take any more: that ends, too, as if the job had been there from the start.
Test(pool, drain_ends_with_a_job_that_comes_late_and_no_redis)
{
    const struct queue_job job = {
        .report_id = "rp-1", .account_id = "1", .pack_id = "pack-1", .fence = 5, .attempts = 1};
    const struct err away = no_redis();
    struct pool *pool = start_pool();
    pool_drain(pool);
    run_timers_due_now();
    fake.finish_failures = UINT_MAX;
    seen.on_claimed(seen.claimed_context, &job, 1, NULL);
    answer_read(NULL, &away);
    close_drained(pool);
    cr_expect(fake.finish_calls > 0);
}

// The job that is handed back, and the reads: all has its answer before the pool leaves.
Test(pool, leaves_the_list_as_the_last_thing_that_it_does)
{
    const struct queue_job job = {
        .report_id = "rp-1", .account_id = "1", .pack_id = "pack-1", .fence = 5, .attempts = 1};
    const struct queue_read none = {.count = 0};
    struct pool *pool = start_pool();
    seen.is_leave_held = true;
    seen.on_claimed(seen.claimed_context, &job, 1, NULL);
    pool_drain(pool);
    pool_drain(pool);
    run_timers_due_now();
    cr_expect_eq(seen.leaves, 0, "the read that is under way may bring something");
    answer_read(&none, NULL);
    cr_assert(loop_run_until(&fake.loop, is_leaving, NULL));
    cr_expect_eq(seen.endings_at_leave, 1);
    pool_drain(pool);
    cr_expect_not(seen.is_drained, "before it is off the list");
    answer_leave(true, NULL);
    close_drained(pool);
    cr_expect_eq(seen.leaves, 1);
}

// It would put the worker back on the list.
Test(pool, renews_nothing_while_it_leaves)
{
    const struct queue_read none = {.count = 0};
    enum { LEASE_MS = 30 };
    fake.config.lease_ms = LEASE_MS;
    struct pool *pool = start_pool();
    seen.is_leave_held = true;
    seen.on_claimed(seen.claimed_context, NULL, 0, NULL);
    run_timers_due_in(LEASE_MS);
    unsigned renewals = seen.renewals;
    cr_expect(renewals > 1, "as long as it lives");
    pool_drain(pool);
    answer_read(&none, NULL);
    cr_assert(loop_run_until(&fake.loop, is_leaving, NULL));
    renewals = seen.renewals;
    run_timers_due_in(LEASE_MS);
    cr_expect_eq(seen.renewals, renewals);
    answer_leave(true, NULL);
    close_drained(pool);
}

Test(pool, ends_all_the_same_when_it_cannot_leave_the_list)
{
    const struct queue_read none = {.count = 0};
    const struct err away = no_redis();
    struct pool *pool = start_pool();
    seen.is_leave_held = true;
    seen.on_claimed(seen.claimed_context, NULL, 0, NULL);
    pool_drain(pool);
    answer_read(&none, NULL);
    cr_assert(loop_run_until(&fake.loop, is_leaving, NULL));
    answer_leave(false, &away);
    close_drained(pool);
}

static void answer_take_overs(void)
{
    const struct err full = no_redis();
    for (; seen.take_overs > 0; seen.take_overs--) {
        seen.on_taken_over(seen.taken_over_context, NULL, &full);
    }
}

static void answer_sweeps_with(uint64_t ready)
{
    const struct queue_sweep_result result = {.ready = ready};
    for (; seen.sweeps > 0; seen.sweeps--) {
        seen.on_swept(seen.swept_context, &result, NULL);
    }
}

static void answer_sweeps(void)
{
    answer_sweeps_with(0);
}

static bool is_sweeping(void *context)
{
    (void)context;
    return seen.sweeps > 0;
}

static bool is_taking_over(void *context)
{
    (void)context;
    return seen.take_overs > 0;
}

// Jobs of a worker that died with many wait for no timer.
Test(pool, sweeps_again_at_once_while_there_is_more)
{
    const struct queue_sweep_result more = {.has_more = true};
    const struct err away = no_redis();
    fake.config.sweep_interval_ms = SHORT_MS;
    struct pool *pool = start_pool();
    seen.on_claimed(seen.claimed_context, NULL, 0, NULL);
    cr_assert(loop_run_until(&fake.loop, is_sweeping, NULL));
    unsigned under_way = seen.sweeps;
    seen.on_swept(seen.swept_context, &more, NULL);
    cr_expect_eq(seen.sweeps, under_way + 1);
    seen.sweeps--; // the one that was answered
    pool_drain(pool);
    answer_take_overs();
    seen.on_swept(seen.swept_context, &more, NULL);
    cr_expect_eq(seen.sweeps, under_way, "not in a drain");
    seen.sweeps--;
    answer_sweeps();
    answer_read(NULL, &away);
    close_drained(pool);
}

static void answer_sweep_under_way(void)
{
    cr_assert(loop_run_until(&fake.loop, is_sweeping, NULL));
    answer_sweeps();
    answer_take_overs();
}

// Readiness waits for a claim that succeeds. While the store is away none is tried; when it is back, the
// next sweep brings one, though jobs need not be there.
Test(pool, claims_again_after_an_error_when_the_store_is_back)
{
    const struct err away = no_redis();
    struct service_use use;
    struct service_use early;
    fake.config.sweep_interval_ms = SHORT_MS;
    fake.config.breaker_threshold = 1;
    fake.config.breaker_base_ms = LONG_MS;
    fake.config.breaker_cap_ms = LONG_MS;
    struct pool *pool = start_pool();
    struct service *store = services_store(pool->services);
    cr_assert(service_enter(store, &early) && service_enter(store, &use));
    (void)service_note_failure(&use, &away, 0);
    service_leave(&use);
    seen.on_claimed(seen.claimed_context, NULL, 0, &away);
    unsigned claims = seen.claims;
    for (int i = 0; i < 3; i++) {
        answer_sweep_under_way();
    }
    cr_expect_eq(seen.claims, claims, "a job would have nowhere to go");
    cr_expect_eq(pool->lanes[0].claim_trouble.failures, 1);
    service_note_answer(&early);
    service_leave(&early);
    answer_sweep_under_way();
    cr_assert_eq(seen.claims, claims + 1);
    seen.on_claimed(seen.claimed_context, NULL, 0, NULL);
    cr_expect_eq(pool->lanes[0].claim_trouble.failures, 0);
    pool_drain(pool);
    answer_take_overs();
    answer_sweeps();
    answer_read(NULL, &away);
    close_drained(pool);
}

static bool reads_anew(void *context)
{
    (void)context;
    return seen.on_read != NULL;
}

// A take-over goes in rounds. What the earlier ones had given to this consumer is its own when a later
// one fails, and nobody else looks for it for long.
Test(pool, failed_take_over_leaves_entries_that_are_read_as_own)
{
    const struct queue_read nothing = {.count = 0};
    fake.config.sweep_interval_ms = SHORT_MS;
    struct pool *pool = start_pool();
    seen.on_claimed(seen.claimed_context, NULL, 0, NULL);
    answer_read(&nothing, NULL);
    cr_assert(seen.new_reads == 1);
    cr_assert(loop_run_until(&fake.loop, is_taking_over, NULL));
    answer_take_overs();
    answer_read(&nothing, NULL);
    cr_assert(loop_run_until(&fake.loop, reads_anew, NULL));
    cr_expect_eq(seen.own_reads, 2);

    pool_drain(pool);
    answer_take_overs();
    answer_sweeps();
    answer_read(&nothing, NULL);
    close_drained(pool);
}

static struct queue_job job_of(const char *report_id, bool is_alone)
{
    struct queue_job job = {
        .account_id = "1", .pack_id = "pack-1", .fence = 5, .attempts = 1, .is_alone = is_alone};
    (void)text_copy(job.report_id, sizeof(job.report_id), report_id);
    return job;
}

// The run fails, and is to be tried again.
static void end_fetch(void)
{
    fake.fetch_err = no_redis();
    loop_timer_start(&fake.fetch_timer, 0);
}

static bool has_claimed(void *context)
{
    return seen.claims + seen.alone_claims == *(unsigned *)context;
}

static void wait_for_claims(unsigned count)
{
    cr_assert(loop_run_until(&fake.loop, has_claimed, &count));
}

// Half of the slots are free, and stay so until what runs has ended; then the job that is to run alone is
// claimed, and while it runs nothing is.
Test(pool, a_job_that_runs_alone_waits_for_the_others_and_then_has_all_slots)
{
    const struct err away = no_redis();
    const struct queue_job other = job_of("rp-1", false);
    const struct queue_job alone = job_of("rp-2", true);
    fake.config.sweep_interval_ms = SHORT_MS;
    struct pool *pool = start_pool();
    fake.fetch_hangs = true;
    seen.is_alone_next = true;
    seen.on_claimed(seen.claimed_context, &other, 1, NULL);
    cr_expect_eq(pool_running(pool), 1);
    cr_expect_eq(seen.claims, 1);
    cr_expect_eq(seen.alone_claims, 0, "another job runs");
    cr_assert(loop_run_until(&fake.loop, is_sweeping, NULL));
    answer_sweeps_with(3);
    cr_expect_eq(seen.claims + seen.alone_claims, 1);

    end_fetch();
    wait_for_claims(2);
    cr_expect_eq(seen.alone_claims, 1);
    seen.is_alone_next = false;
    seen.on_claimed(seen.claimed_context, &alone, 1, NULL);
    cr_expect_eq(pool_running(pool), 1);
    cr_assert(loop_run_until(&fake.loop, is_sweeping, NULL));
    answer_sweeps_with(3);
    cr_expect_eq(seen.claims + seen.alone_claims, 2, "it has all slots");

    end_fetch();
    wait_for_claims(3);
    cr_expect_eq(seen.claims, 2, "and gives them back");
    pool_drain(pool);
    seen.on_claimed(seen.claimed_context, NULL, 0, NULL);
    answer_take_overs();
    answer_sweeps();
    answer_read(NULL, &away);
    close_drained(pool);
}
