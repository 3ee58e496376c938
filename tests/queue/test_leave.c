// SPDX-License-Identifier: MIT
//
// A worker that ends takes itself off the list of workers, when it holds nothing and not before.
#include "operator_calls.h"

#include <string.h>

static struct fixture fixture;

static void setup(void)
{
    fixture_begin(&fixture);
}

static void teardown(void)
{
    fixture_stop(&fixture);
}

TestSuite(leave, .init = setup, .fini = teardown);

struct left {
    bool is_off;
    struct err err;
    bool done;
};

static void on_left(void *context, bool is_off, const struct err *err)
{
    struct left *left = context;
    left->is_off = is_off;
    if (err != NULL) {
        left->err = *err;
    }
    left->done = true;
}

static struct left leave(struct queue *queue)
{
    struct left left = {.done = false};
    queue_leave(queue, on_left, &left);
    fixture_wait_for(&left.done);
    return left;
}

static void live(struct queue *queue)
{
    struct err err = renew(queue, NULL, 0, NULL);
    cr_assert_eq(err.kind, ERR_OK, "%s", err.message);
}

static void expect_listed(const char *worker, bool is_listed)
{
    expect_redis(&fixture, is_listed ? ":1" : ":0",
                 "EVAL \"return redis.call('ZSCORE', KEYS[1], ARGV[1]) and 1 or 0\" 1 "
                 "packreport:{0}:workers %s",
                 worker);
    expect_redis(&fixture, is_listed ? ":1" : ":0", "HEXISTS packreport:{0}:worker_info %s",
                 worker);
}

// Of those that have read.
static void expect_consumers(const char *count)
{
    expect_redis(&fixture, count,
                 "EVAL \"return #redis.call('XINFO', 'CONSUMERS', KEYS[1], 'intake')\" 1 "
                 "packreport:{0}:requests");
}

Test(leave, who_holds_nothing_is_off_the_list_at_once)
{
    for (unsigned i = 0; i < 2; i++) {
        char entry_id[64];
        const struct request request = {.account_id = ACCOUNT, .pack_id = "cp-1"};
        live(fixture.workers[i]);
        submit(fixture.queue, &request, entry_id);
        const struct queue_read *read = read_requests(fixture.workers[i], 1);
        (void)admit(fixture.workers[i], read->entries, read->count, 0);
    }
    expect_consumers(":2");
    struct left left = leave(fixture.workers[1]);
    cr_assert_eq(left.err.kind, ERR_OK, "%s", left.err.message);
    cr_expect(left.is_off);
    expect_listed("w1", false);
    expect_listed("w0", true);
    expect_consumers(":1");
    cr_expect(leave(fixture.workers[1]).is_off, "again says the same");
}

Test(leave, where_it_was_never_heard_of_it_is_off_too)
{
    (void)redis(&fixture, "FLUSHALL");
    cr_expect(leave(fixture.queue).is_off);
    expect_redis(&fixture, ":0", "DBSIZE");
}

Test(leave, not_with_a_job_that_runs)
{
    (void)start_job(fixture.workers[0], "cp-other");
    struct queue_job job = start_job(fixture.workers[1], "cp-1");
    live(fixture.workers[1]);
    cr_expect_not(leave(fixture.workers[1]).is_off);
    expect_listed("w1", true);
    cr_assert_eq(finish(fixture.workers[1], &job, QUEUE_HAND_BACK), QUEUE_FINISHED);
    cr_expect(leave(fixture.workers[1]).is_off, "the other's job is the other's");
    expect_listed("w1", false);
    audit_clean(fixture.queue);
}

Test(leave, not_with_entries_that_it_has_read)
{
    char entry_id[64];
    const struct request request = {.account_id = ACCOUNT, .pack_id = "cp-1"};
    submit(fixture.queue, &request, entry_id);
    live(fixture.workers[1]);
    cr_assert_eq(read_requests(fixture.workers[1], 1)->count, 1);
    cr_expect_not(leave(fixture.workers[1]).is_off);
    expect_listed("w1", true);
    const struct queue_read *left = take_over(fixture.queue, 0);
    cr_assert_eq(left->count, 1, "the entry was kept for others");
    (void)admit(fixture.queue, left->entries, 1, 0);
    cr_expect(leave(fixture.workers[1]).is_off);
}

// Who may not be asked what is pending might have something pending.
Test(leave, not_when_redis_does_not_say_what_is_pending)
{
    char entry_id[64];
    const struct request request = {.account_id = ACCOUNT, .pack_id = "cp-1"};
    submit(fixture.queue, &request, entry_id);
    live(fixture.workers[1]);
    cr_assert_eq(read_requests(fixture.workers[1], 1)->count, 1);
    expect_redis(&fixture, "+OK", "ACL SETUSER default -xpending");
    cr_expect_not(leave(fixture.workers[1]).is_off);
    expect_redis(&fixture, "+OK", "ACL SETUSER default +xpending");
    expect_listed("w1", true);
    cr_expect_eq(take_over(fixture.queue, 0)->count, 1);
}

Test(leave, not_when_more_runs_than_is_looked_through)
{
    live(fixture.workers[1]);
    expect_redis(
        &fixture, ":0",
        "EVAL \"for i = 1, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], i, 'rp-' .. i) "
        "end return 0\" 1 packreport:{0}:running 4001");
    cr_expect_not(leave(fixture.workers[1]).is_off);
    expect_redis(&fixture, ":1", "ZREM packreport:{0}:running rp-1");
    cr_expect(leave(fixture.workers[1]).is_off);
}

// A job whose claim was answered to nobody is the worker's still, though it does not know.
Test(leave, a_crash_is_judged_as_before)
{
    (void)start_job(fixture.workers[1], "cp-1");
    live(fixture.workers[0]);
    cr_expect_not(leave(fixture.workers[1]).is_off);
    expect_redis(&fixture, ":0",
                 "EVAL \"for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do "
                 "redis.call('ZADD', KEYS[1], 1, id) end return 0\" 1 packreport:{0}:running");
    cr_expect_eq(sweep(fixture.queue).recovered, 1);
    cr_expect(leave(fixture.workers[1]).is_off);
}
