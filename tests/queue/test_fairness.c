// SPDX-License-Identifier: MIT
//
// Fairness as an order of claims, without clocks: who asks for one report is claimed next, however
// much others have queued; while several wait, claims go by weight.
#include "operator_calls.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLOOD "100000000000001"
#define SMALL "200000000000002"

enum { KEEP = QUEUE_ACCOUNT_KEEP, DEFAULT = QUEUE_ACCOUNT_DEFAULT, SCALE = 27720 };

static struct fixture fixture;

static void setup(void)
{
    fixture_begin(&fixture);
}

static void teardown(void)
{
    audit_clean(fixture.queue);
    fixture_stop(&fixture);
}

TestSuite(fairness, .init = setup, .fini = teardown);

// Queues `count` reports of an account in batches, as the intake does.
static void queue_many(const char *account, size_t count)
{
    static size_t number;
    struct queue_entry entries[QUEUE_BATCH_MAX];
    for (size_t done = 0; done < count;) {
        size_t batch = count - done < QUEUE_BATCH_MAX ? count - done : QUEUE_BATCH_MAX;
        for (size_t i = 0; i < batch; i++) {
            char pack[32];
            (void)snprintf(pack, sizeof(pack), "cp-%zu", number++);
            entries[i] = ask(account, pack, NULL, NULL);
        }
        struct admitted result = admit(fixture.queue, entries, batch, 0);
        for (size_t i = 0; i < batch; i++) {
            cr_assert_eq(result.answers[i].code, ANSWER_ACCEPTED);
        }
        done += batch;
    }
}

// Which claim from now on gives the account its job; 0: none of the first `max`.
static unsigned turn_of(const char *account, unsigned max)
{
    for (unsigned turn = 1; turn <= max; turn++) {
        struct admitted got = claim(fixture.queue, 1);
        cr_assert_eq(got.job_count, 1);
        if (strcmp(got.jobs[0].account_id, account) == 0) {
            return turn;
        }
    }
    return 0;
}

// The promise. The backlog is PACKREPORT_BACKLOG where somebody has the time; nothing in the order
// depends on its size.
Test(fairness, one_report_is_next_whatever_the_backlog_of_another, .timeout = 300)
{
    const char *given = getenv("PACKREPORT_BACKLOG");
    size_t backlog = given != NULL ? strtoull(given, NULL, 10) : 3000;
    queue_many(FLOOD, backlog / 2);
    queue_many(SMALL, 1);
    cr_expect_leq(turn_of(SMALL, 10), 2, "before anything was claimed: one of the first two");
    queue_many(FLOOD, backlog - backlog / 2);
    for (int again = 0; again < 5; again++) {
        (void)claim(fixture.queue, 7);
        queue_many(SMALL, 1);
        unsigned turn = turn_of(SMALL, 10);
        cr_expect(turn > 0 && turn <= 2, "its turn is %u", turn);
    }
}

Test(fairness, behind_many_that_flood_it_waits_for_one_claim_of_each)
{
    enum { FLOODS = 20 };
    for (int i = 0; i < FLOODS; i++) {
        char account[24];
        (void)snprintf(account, sizeof(account), "%d", 5000 + i);
        queue_many(account, 30);
    }
    (void)claim(fixture.queue, 53);
    queue_many(SMALL, 1);
    unsigned turn = turn_of(SMALL, 100);
    cr_expect(turn > 0 && turn <= FLOODS + 1, "its turn is %u", turn);
}

// After each claim the two have what their weights say, but for less than one round.
static void expect_shares(const char *first, unsigned first_weight, const char *second,
                          unsigned second_weight, unsigned claims)
{
    unsigned of_first = 0;
    unsigned of_second = 0;
    for (unsigned i = 0; i < claims; i++) {
        struct admitted got = claim(fixture.queue, 1);
        cr_assert_eq(got.job_count, 1);
        of_first += strcmp(got.jobs[0].account_id, first) == 0 ? 1 : 0;
        of_second += strcmp(got.jobs[0].account_id, second) == 0 ? 1 : 0;
        int64_t ahead = (int64_t)of_first * second_weight - (int64_t)of_second * first_weight;
        cr_assert(ahead <= first_weight + second_weight && -ahead <= first_weight + second_weight,
                  "%u and %u after %u claims", of_first, of_second, i + 1);
    }
    cr_assert_eq(of_first + of_second, claims);
}

Test(fairness, claims_go_by_weight)
{
    (void)change_account(fixture.queue, FLOOD, 3, KEEP);
    queue_many(FLOOD, 300);
    queue_many(SMALL, 100);
    expect_shares(FLOOD, 3, SMALL, 1, 400);
}

Test(fairness, claims_go_by_weights_that_do_not_divide_evenly)
{
    (void)change_account(fixture.queue, FLOOD, 17, KEEP);
    (void)change_account(fixture.queue, SMALL, 13, KEEP);
    queue_many(SMALL, 260);
    queue_many(FLOOD, 340);
    expect_shares(FLOOD, 17, SMALL, 13, 600);
}

Test(fairness, a_weight_counts_for_what_is_asked_for_from_then_on)
{
    queue_many(FLOOD, 10);
    (void)change_account(fixture.queue, FLOOD, 4, KEEP);
    queue_many(FLOOD, 40);
    queue_many(SMALL, 20);
    expect_shares(FLOOD, 1, SMALL, 1, 20);
    expect_shares(FLOOD, 4, SMALL, 1, 50);
}

Test(fairness, an_accounts_jobs_keep_their_order)
{
    (void)change_account(fixture.queue, FLOOD, 100, KEEP);
    queue_many(FLOOD, 130);
    struct queue_job last = {.accepted_at_ms = 0};
    int number = -1;
    for (int i = 0; i < 130; i++) {
        struct admitted got = claim(fixture.queue, 1);
        cr_assert_eq(got.job_count, 1);
        int of_this = atoi(got.jobs[0].pack_id + strlen("cp-"));
        cr_assert(number < 0 || of_this == number + 1, "%s after %s", got.jobs[0].pack_id,
                  last.pack_id);
        number = of_this;
        last = got.jobs[0];
    }
}

// Nothing is rounded, however many jobs there were: tags are whole numbers in decimal.
Test(fairness, tags_are_exact)
{
    (void)change_account(fixture.queue, FLOOD, 7, KEEP);
    queue_many(FLOOD, 1001);
    expect_redis(&fixture, "$3963960", "HGET packreport:{0}:fair " FLOOD); // 1001 * 27720 / 7
    // Years of a busy queue later.
    (void)redis(&fixture, "FLUSHALL");
    (void)redis(&fixture, "HSET packreport:{0}:fair v 9007199254000000");
    queue_many(FLOOD, 3);
    queue_many(SMALL, 1);
    expect_redis(&fixture, "$9007199254083160", "HGET packreport:{0}:fair " FLOOD);
    cr_expect_leq(turn_of(SMALL, 4), 2);
    (void)claim(fixture.queue, 64);
    expect_redis(&fixture, "$9007199254055440", "HGET packreport:{0}:fair v");
}

Test(fairness, a_retry_is_paid_by_weight_and_an_idle_queue_begins_anew)
{
    struct queue_job job = start_job(fixture.queue, "cp-a");
    (void)change_account(fixture.queue, ACCOUNT, 4, KEEP);
    expect_redis(&fixture, "$27720", "HGET packreport:{0}:fair " ACCOUNT);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_RETRY), QUEUE_FINISHED);
    expect_redis(&fixture, "$34650", "HGET packreport:{0}:fair " ACCOUNT);
    (void)sweep(fixture.queue);
    struct admitted got = claim(fixture.queue, 1);
    cr_assert_eq(finish(fixture.queue, &got.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
    (void)sweep(fixture.queue);
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:fair");
}

// A queue that an older version left: its tags are one apart. What waits keeps its order, and what
// comes now takes its turn beside it.
Test(fairness, tags_of_an_older_version_go_on)
{
    queue_many(FLOOD, 20);
    expect_redis(
        &fixture, ":20",
        "EVAL \"local ids = redis.call('ZRANGE', KEYS[1], 0, -1) for i, id in ipairs(ids) do "
        "redis.call('ZADD', KEYS[1], 99 + i, id) end return #ids\" 1 "
        "packreport:{0}:ready");
    (void)redis(&fixture, "HSET packreport:{0}:fair v 99 " FLOOD " 120");
    queue_many(SMALL, 2);
    cr_expect_eq(turn_of(SMALL, 30), 1);
    cr_expect_eq(turn_of(SMALL, 30), 21);
}

// ---- with settings of its own

TestSuite(fairness_settings, .fini = teardown);

Test(fairness_settings, accounts_without_a_weight_have_the_settings)
{
    fixture_init(&fixture);
    fixture.config.account_weight = 10;
    fixture_start(&fixture);
    (void)change_account(fixture.queue, SMALL, 2, KEEP);
    queue_many(FLOOD, 100);
    queue_many(SMALL, 20);
    expect_shares(FLOOD, 5, SMALL, 1, 120);
    (void)change_account(fixture.queue, SMALL, DEFAULT, KEEP);
    queue_many(FLOOD, 20);
    queue_many(SMALL, 20);
    expect_shares(FLOOD, 1, SMALL, 1, 40);
}
