// SPDX-License-Identifier: MIT
//
// Dead letters: listed, retried as if new, dropped.
#include "operator_calls.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

TestSuite(letter, .init = setup, .fini = teardown);

// A dead letter of a request with a token and a deadline far away.
static struct queue_job die(const char *pack)
{
    struct queue_entry entry = ask(ACCOUNT, pack, pack, NULL); // the token is the pack's name
    entry.request.deadline_ms = 9000000000000;
    struct admitted got = admit(fixture.queue, &entry, 1, 1);
    cr_assert_eq(got.job_count, 1);
    struct queue_ending ending = ending_of(&got.jobs[0], QUEUE_RETRY);
    ending.attempts_max = 1;
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED_DEAD);
    return got.jobs[0];
}

Test(letter, letters_are_listed_in_pages_with_their_cause)
{
    enum { COUNT = QUEUE_DEAD_PAGE_MAX + 3 };
    char last[TEXT_ID_MAX + 1] = "";
    for (int i = 0; i < COUNT; i++) {
        char pack[16];
        (void)snprintf(pack, sizeof(pack), "cp-%d", i);
        struct queue_job job = die(pack);
        (void)redis(&fixture, "ZADD packreport:{0}:dead %d %s", i + 1, job.report_id);
        (void)text_copy(last, sizeof(last), job.report_id);
    }
    struct queue_dead_page page = list_dead(fixture.queue, 0);
    cr_assert_eq(page.total, COUNT);
    cr_assert_eq(page.count, QUEUE_DEAD_PAGE_MAX);
    cr_expect_str_eq(page.letters[0].report_id, last, "the youngest first");
    cr_expect_str_eq(page.letters[0].account_id, ACCOUNT);
    cr_expect_str_eq(page.letters[0].code, "ReportFailed.Fetch");
    cr_expect_str_eq(page.letters[0].message, "fetch: 503 from upstream");
    cr_expect_eq(page.letters[0].attempts, 1);
    cr_expect_gt(page.letters[0].died_at_ms, 1600000000000);
    page = list_dead(fixture.queue, QUEUE_DEAD_PAGE_MAX);
    cr_expect_eq(page.count, 3);
    cr_expect_eq(list_dead(fixture.queue, COUNT).count, 0);
}

Test(letter, a_retry_runs_as_if_it_were_new)
{
    struct queue_job job = die("cp-1");
    struct queue_dead_result result = settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_RETRY);
    cr_assert_eq(result.end, QUEUE_DEAD_RETRIED);
    cr_expect_str_eq(result.pack_id, "cp-1");
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_expect_eq(record.status, REPORT_CREATING);
    cr_expect_str_eq(record.report_id, job.report_id);
    cr_expect_str_eq(record.code, "");
    cr_expect_str_eq(record.place, "ready");
    cr_expect_eq(record.attempts, 0);
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:dead:%s", job.report_id);
    audit_clean(fixture.queue); // also: the token does not expire while the job lives
    struct history history = get_history(fixture.queue, job.report_id);
    cr_expect_str_eq(history_value(&history, "outcome"), "dead", "the history is kept");
    struct admitted got = claim(fixture.queue, 1);
    cr_assert_eq(got.job_count, 1);
    cr_expect_eq(got.jobs[0].attempts, 1);
    cr_expect_eq(got.jobs[0].deadline_ms, 0);
    cr_expect_gt(got.jobs[0].fence, job.fence);
    cr_expect_str_eq(got.jobs[0].token_digest, job.token_digest);
    cr_assert_eq(finish(fixture.queue, &got.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
    cr_expect_eq(get_report(fixture.queue, ACCOUNT, "cp-1").status, REPORT_COMPLETE);
}

Test(letter, a_retry_wakes_an_idle_worker_and_tells_of_it)
{
    struct queue_job job = die("cp-1");
    char told[128];
    (void)snprintf(told, sizeof(told), "CREATING " ACCOUNT " cp-1  %" PRIu64, job.fence);
    (void)settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_RETRY);
    expect_redis(&fixture, ":1", "XLEN packreport:{0}:requests");
    const char *event = redis(
        &fixture, "EVAL \"local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1) "
                  "return table.concat(last[1][2], ' ')\" 1 packreport:{0}:events");
    cr_expect_not_null(strstr(event, told), "%s", event);
}

Test(letter, a_retry_counts_its_crashes_anew)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    for (int i = 0; i < QUEUE_CRASHES_MAX; i++) {
        (void)redis(&fixture, "ZADD packreport:{0}:running 1 %s", job.report_id);
        (void)sweep(fixture.workers[1]);
        (void)claim(fixture.queue, 1);
    }
    cr_assert_eq(audit(fixture.queue).dead, 1);
    cr_assert_eq(settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_RETRY).end,
                 QUEUE_DEAD_RETRIED);
    cr_assert_eq(claim(fixture.queue, 1).job_count, 1);
    (void)redis(&fixture, "ZADD packreport:{0}:running 1 %s", job.report_id);
    cr_expect_eq(sweep(fixture.workers[1]).recovered, 1, "one crash buries nothing");
}

Test(letter, a_retry_is_refused_while_the_pack_is_in_the_making)
{
    struct queue_job job = die("cp-1");
    struct queue_entry other = ask(ACCOUNT, "cp-1", NULL, NULL);
    (void)admit_one(fixture.queue, &other);
    struct queue_dead_result result = settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_RETRY);
    cr_assert_eq(result.end, QUEUE_DEAD_BUSY);
    cr_expect_str_eq(result.busy_with, other.report_id);
    cr_expect_eq(audit(fixture.queue).dead, 1, "the letter stays");
    cr_expect_str_eq(get_report(fixture.queue, ACCOUNT, "cp-1").report_id, other.report_id);
}

Test(letter, a_dropped_letter_is_gone_with_its_key)
{
    struct queue_job job = die("cp-1");
    cr_assert_eq(settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_DROP).end,
                 QUEUE_DEAD_DROPPED);
    expect_redis(&fixture, ":0",
                 "EXISTS packreport:{0}:dead packreport:{0}:dead:%s "
                 "packreport:{0}:jobs",
                 job.report_id);
    cr_expect_eq(get_report(fixture.queue, ACCOUNT, "cp-1").status, REPORT_FAILED);
    cr_expect_eq(settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_DROP).end, QUEUE_DEAD_NONE);
    cr_expect_eq(settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_RETRY).end, QUEUE_DEAD_NONE);
}

Test(letter, no_live_job_is_touched)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_expect_eq(settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_DROP).end, QUEUE_DEAD_NONE);
    cr_expect_eq(settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_RETRY).end, QUEUE_DEAD_NONE);
    cr_expect_eq(renew_one(fixture.queue, &job), QUEUE_HELD);
}

Test(letter, what_cannot_be_read_can_only_be_dropped)
{
    (void)redis(&fixture, "HSET packreport:{0}:jobs rp-1 nonsense");
    cr_assert_eq(sweep(fixture.queue).unreadable, 1);
    cr_expect_eq(settle_dead(fixture.queue, "rp-1", QUEUE_DEAD_RETRY).end, QUEUE_DEAD_UNREADABLE);
    cr_expect_eq(settle_dead(fixture.queue, "rp-1", QUEUE_DEAD_DROP).end, QUEUE_DEAD_DROPPED);
}

Test(letter, a_token_that_was_used_again_is_left_alone)
{
    struct queue_job job = die("cp-1");
    (void)redis(&fixture, "HSET packreport:{0}:token:" ACCOUNT ":%s report_id rp-other",
                job.token_digest);
    (void)settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_RETRY);
    const char *left =
        redis(&fixture, "PTTL packreport:{0}:token:" ACCOUNT ":%s", job.token_digest);
    cr_expect_neq(strcmp(left, ":-1"), 0);
}
