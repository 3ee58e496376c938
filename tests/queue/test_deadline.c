// SPDX-License-Identifier: MIT
//
// Requests whose deadline has passed: their jobs end before they cost anything, wherever they lie.
#include "queue_fixture.h"

#include "base/clock.h"

#include <inttypes.h>
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

TestSuite(deadline, .init = setup, .fini = teardown);

enum { FAR_MS = 3600 * 1000 };

static struct queue_entry ask_until(const char *pack, int64_t deadline_ms)
{
    struct queue_entry entry = ask(ACCOUNT, pack, NULL, NULL);
    entry.request.deadline_ms = deadline_ms;
    return entry;
}

static void expect_late(const char *pack, const char *report_id)
{
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, pack);
    cr_expect_eq(record.status, REPORT_FAILED);
    cr_expect_str_eq(record.report_id, report_id);
    cr_expect_str_eq(record.code, "DeadlineExceeded");
    struct history history = get_history(fixture.queue, report_id);
    cr_expect_str_eq(history_value(&history, "outcome"), "failed");
    cr_expect_str_eq(history_value(&history, "code"), "DeadlineExceeded");
    expect_redis(&fixture, ":0", "HEXISTS packreport:{0}:jobs %s", report_id);
    audit_clean(fixture.queue);
}

static void expect_event(const char *report_id)
{
    const char *event = redis(
        &fixture, "EVAL \"local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1) "
                  "return table.concat(last[1][2], ' ')\" 1 packreport:{0}:events");
    cr_expect_not_null(strstr(event, report_id), "%s", event);
    cr_expect_not_null(strstr(event, "FAILED " ACCOUNT " cp-1 DeadlineExceeded 0"), "%s", event);
}

Test(deadline, admission_claims_nothing_that_is_late)
{
    struct queue_entry entries[] = {ask_until("cp-1", 1000),
                                    ask_until("cp-2", clock_wall_ms() + FAR_MS)};
    struct admitted got = admit(fixture.queue, entries, 2, 5);
    cr_assert_eq(got.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_eq(got.job_count, 1);
    cr_assert_str_eq(got.jobs[0].report_id, entries[1].report_id);
    expect_late("cp-1", entries[0].report_id);
    expect_event(entries[0].report_id);
    cr_assert_eq(finish(fixture.queue, &got.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
}

Test(deadline, a_claim_passes_over_what_is_late)
{
    struct queue_entry late = ask_until("cp-1", 1000);
    struct queue_entry good = ask_until("cp-2", 0);
    (void)admit_one(fixture.queue, &late);
    (void)admit_one(fixture.queue, &good);
    struct admitted got = claim(fixture.queue, 1);
    cr_assert_eq(got.job_count, 1);
    cr_assert_str_eq(got.jobs[0].report_id, good.report_id);
    expect_late("cp-1", late.report_id);
    expect_event(late.report_id);
}

Test(deadline, the_claim_of_a_finish_passes_over_what_is_late)
{
    struct queue_job job = start_job(fixture.queue, "cp-9");
    struct queue_entry late = ask_until("cp-1", 1000);
    (void)admit_one(fixture.queue, &late);
    struct queue_ending ending = ending_of(&job, QUEUE_COMPLETE);
    cr_assert_eq(finish_with(fixture.queue, &ending, 3).job_count, 0);
    expect_late("cp-1", late.report_id);
}

Test(deadline, a_sweep_ends_what_nobody_claims)
{
    struct queue_entry late = ask_until("cp-1", 1000);
    (void)admit_one(fixture.queue, &late);
    cr_assert_eq(sweep(fixture.queue).late, 1);
    expect_late("cp-1", late.report_id);
    expect_event(late.report_id);
}

// A job that was claimed in time; its deadline passes while the test looks away.
static struct queue_job start_and_be_late(const char *pack)
{
    struct queue_entry entry = ask_until(pack, clock_wall_ms() + FAR_MS);
    struct admitted got = admit(fixture.queue, &entry, 1, 1);
    cr_assert_eq(got.job_count, 1);
    (void)redis(&fixture,
                "EVAL \"local r = redis.call('HGET', KEYS[1], ARGV[1]) "
                "redis.call('HSET', KEYS[1], ARGV[1], (r:gsub('|%%d+|([^|]*)$', '|1000|%%1')))\" "
                "1 packreport:{0}:jobs %s",
                entry.report_id);
    return got.jobs[0];
}

Test(deadline, a_retry_ends_instead_of_running_late)
{
    struct queue_job job = start_and_be_late("cp-1");
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_RETRY), QUEUE_FINISHED);
    cr_assert_eq(sweep(fixture.queue).late, 1);
    expect_late("cp-1", job.report_id);
}

Test(deadline, an_expired_lease_is_no_reason_to_run_late)
{
    struct queue_job job = start_and_be_late("cp-1");
    (void)redis(&fixture, "ZADD packreport:{0}:running 1 %s", job.report_id);
    struct queue_sweep_result swept = sweep(fixture.queue);
    cr_assert_eq(swept.late, 1);
    cr_assert_eq(swept.recovered, 0);
    cr_assert_eq(get_report(fixture.queue, ACCOUNT, "cp-1").status, REPORT_FAILED);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_REFUSED);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_FAILED), QUEUE_REFUSED,
                 "it is the sweep's end that stands, not the worker's");
}

Test(deadline, the_fence_of_the_last_report_stays)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    struct queue_entry late = ask_until("cp-1", 1000);
    (void)admit_one(fixture.queue, &late);
    cr_assert_eq(claim(fixture.queue, 1).job_count, 0);
    cr_assert_eq(get_report(fixture.queue, ACCOUNT, "cp-1").fence, job.fence);
}
