// SPDX-License-Identifier: MIT
//
// Who comes in over HTTP: each nonce once, and of each account no more than its rate, whichever worker
// is asked. Time passes by moving what lies in Redis.
#include "operator_calls.h"

#include "queue/visit.h"

#include <stdlib.h>
#include <string.h>

#define OTHER  "200000000000002"
#define BUCKET "packreport:{0}:rate:" ACCOUNT

enum { KEEP = QUEUE_ACCOUNT_KEEP, DEFAULT = QUEUE_ACCOUNT_DEFAULT, MINUTE_MS = 60000 };

static struct fixture fixture;

static void setup(void)
{
    fixture_begin(&fixture);
}

static void teardown(void)
{
    audit_clean(fixture.queue);
    const struct diagnosis *diagnosis = run_doctor(fixture.queue, false);
    for (size_t i = 0; i < diagnosis->count; i++) {
        cr_expect_str_neq(diagnosis->findings[i].area, "keys", "%s", diagnosis->findings[i].text);
    }
    fixture_stop(&fixture);
}

TestSuite(visit, .init = setup, .fini = teardown);

struct visited {
    bool is_done;
    struct queue_visit_result result;
    struct err err;
};

static void on_visited(void *context, const struct queue_visit_result *result,
                       const struct err *err)
{
    struct visited *visited = context;
    visited->is_done = true;
    if (err != NULL) {
        visited->err = *err;
    } else {
        visited->result = *result;
    }
}

static struct queue_visit_result make(struct queue *queue, const struct queue_visit *visit)
{
    struct visited visited = {.err = ERR_INIT};
    queue_visit(queue, visit, on_visited, &visited);
    fixture_wait_for(&visited.is_done);
    cr_assert_eq(visited.err.kind, ERR_OK, "%s", visited.err.message);
    return visited.result;
}

// ---- nonces

static bool is_fresh(struct queue *queue, const char *key_id, const char *text, size_t len)
{
    const struct queue_visit visit = {.account_id = ACCOUNT,
                                      .key_id = key_id,
                                      .nonce = {text, len},
                                      .nonce_kept_ms = MINUTE_MS,
                                      .burst = 1};
    enum queue_visit_verdict verdict = make(queue, &visit).verdict;
    cr_assert_neq(verdict, QUEUE_VISIT_WAIT);
    return verdict == QUEUE_VISIT_IN;
}

// Also at another worker, and whatever bytes it has; nonces of two keys are two.
Test(visit, a_nonce_is_good_for_one_use)
{
    cr_expect(is_fresh(fixture.queue, "key", "n", 1));
    cr_expect_not(is_fresh(fixture.queue, "key", "n", 1));
    cr_expect_not(is_fresh(fixture.workers[1], "key", "n", 1));
    cr_expect(is_fresh(fixture.queue, "other", "n", 1));
    cr_expect(is_fresh(fixture.queue, "key", "{1}:\r\n\0x", 8));
    cr_expect_not(is_fresh(fixture.queue, "key", "{1}:\r\n\0x", 8));
    cr_expect(is_fresh(fixture.queue, "key", "{1}:\r\n\0y", 8));
}

// ---- rates

static struct queue_visit_result visit_at(struct queue *queue, const char *account, unsigned rate,
                                          unsigned burst)
{
    const struct queue_visit visit = {.account_id = account, .rate = rate, .burst = burst};
    return make(queue, &visit);
}

static enum queue_visit_verdict verdict_of(const char *account, unsigned rate, unsigned burst)
{
    return visit_at(fixture.queue, account, rate, burst).verdict;
}

static void pass_minutes(int minutes)
{
    (void)redis(&fixture, "INCRBY " BUCKET " -%d000000", minutes * 60);
}

static int64_t time_to_live(void)
{
    return strtoll(redis(&fixture, "PTTL " BUCKET) + 1, NULL, 10);
}

Test(visit, so_many_at_once_and_then_by_the_rate)
{
    for (int i = 0; i < 3; i++) {
        struct queue *queue = fixture.workers[i % FIXTURE_WORKERS];
        cr_expect_eq(visit_at(queue, ACCOUNT, 1, 3).verdict, QUEUE_VISIT_IN, "%d", i);
    }
    struct queue_visit_result refused = visit_at(fixture.queue, ACCOUNT, 1, 3);
    cr_assert_eq(refused.verdict, QUEUE_VISIT_WAIT);
    cr_expect(refused.wait_ms > 0 && refused.wait_ms <= MINUTE_MS, "%lld",
              (long long)refused.wait_ms);
    cr_expect(refused.rate == 1 && refused.burst == 3);
    cr_expect_eq(verdict_of(OTHER, 1, 3), QUEUE_VISIT_IN, "each has a bucket of its own");
    cr_expect(time_to_live() > 0 && time_to_live() <= 3 * (int64_t)MINUTE_MS);

    pass_minutes(1);
    cr_expect_eq(verdict_of(ACCOUNT, 1, 3), QUEUE_VISIT_IN);
    cr_expect_eq(verdict_of(ACCOUNT, 1, 3), QUEUE_VISIT_WAIT);
    pass_minutes(100); // no more flow in than it holds
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(verdict_of(ACCOUNT, 1, 3), QUEUE_VISIT_IN, "%d", i);
    }
    cr_expect_eq(verdict_of(ACCOUNT, 1, 3), QUEUE_VISIT_WAIT);
}

Test(visit, who_waits_has_used_nothing_up)
{
    const struct queue_visit visit = {.account_id = ACCOUNT,
                                      .key_id = "key",
                                      .nonce = {"n", 1},
                                      .nonce_kept_ms = MINUTE_MS,
                                      .rate = 1,
                                      .burst = 1};
    cr_expect_eq(verdict_of(ACCOUNT, 1, 1), QUEUE_VISIT_IN);
    char before[64];
    (void)text_copy(before, sizeof(before), redis(&fixture, "GET " BUCKET));
    for (int i = 0; i < 5; i++) {
        cr_expect_eq(make(fixture.queue, &visit).verdict, QUEUE_VISIT_WAIT);
    }
    expect_redis(&fixture, before, "GET " BUCKET);
    pass_minutes(1);
    cr_expect_eq(make(fixture.queue, &visit).verdict, QUEUE_VISIT_IN);
    (void)text_copy(before, sizeof(before), redis(&fixture, "GET " BUCKET));
    cr_expect_eq(make(fixture.queue, &visit).verdict, QUEUE_VISIT_NONCE_USED);
    expect_redis(&fixture, before, "GET " BUCKET); // a request sent again takes no token
}

Test(visit, what_an_account_has_of_its_own_counts)
{
    (void)change_rate(fixture.queue, ACCOUNT, 1, 1);
    cr_expect_eq(verdict_of(ACCOUNT, 0, 5), QUEUE_VISIT_IN);
    struct queue_visit_result refused = visit_at(fixture.queue, ACCOUNT, 0, 5);
    cr_expect(refused.verdict == QUEUE_VISIT_WAIT && refused.rate == 1 && refused.burst == 1);
    (void)change_rate(fixture.queue, ACCOUNT, KEEP, DEFAULT);
    cr_expect_eq(verdict_of(ACCOUNT, 0, 2), QUEUE_VISIT_IN);
    cr_expect_eq(verdict_of(ACCOUNT, 0, 2), QUEUE_VISIT_WAIT);
    (void)change_rate(fixture.queue, ACCOUNT, 0, KEEP);
    for (int i = 0; i < 5; i++) {
        cr_expect_eq(verdict_of(ACCOUNT, 1, 1), QUEUE_VISIT_IN, "no limit");
    }
}

// A rate that was low, or a clock that was set back, keeps nobody out for longer than the rate of now.
Test(visit, a_bucket_is_never_emptier_than_empty)
{
    (void)redis(&fixture, "SET " BUCKET " 9000000000000000");
    struct queue_visit_result refused = visit_at(fixture.queue, ACCOUNT, 2, 4);
    cr_expect_eq(refused.verdict, QUEUE_VISIT_WAIT);
    cr_expect_eq(refused.wait_ms, MINUTE_MS / 2);
    cr_expect(time_to_live() > 0 && time_to_live() <= 2 * (int64_t)MINUTE_MS);
    pass_minutes(1);
    cr_expect_eq(verdict_of(ACCOUNT, 2, 4), QUEUE_VISIT_IN);
    cr_expect_eq(verdict_of(ACCOUNT, 2, 4), QUEUE_VISIT_IN);
    cr_expect_eq(verdict_of(ACCOUNT, 2, 4), QUEUE_VISIT_WAIT);
}

Test(visit, what_is_no_bucket_is_a_full_one)
{
    static const char *const spoilers[] = {"SET " BUCKET " x", "RPUSH " BUCKET " 1"};
    for (size_t i = 0; i < ARRAY_LEN(spoilers); i++) {
        (void)redis(&fixture, "DEL " BUCKET);
        (void)redis(&fixture, "%s", spoilers[i]);
        cr_expect_eq(verdict_of(ACCOUNT, 1, 1), QUEUE_VISIT_IN, "%s", spoilers[i]);
        cr_expect_eq(verdict_of(ACCOUNT, 1, 1), QUEUE_VISIT_WAIT, "%s", spoilers[i]);
    }
}
