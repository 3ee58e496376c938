// SPDX-License-Identifier: MIT
//
// Requests taken back, from wherever their jobs lie; and word to workers.
#include "operator_calls.h"

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

TestSuite(cancel, .init = setup, .fini = teardown);

// A job in `ready`, asked for with a token.
static struct queue_entry wait_in_ready(const char *pack)
{
    struct queue_entry entry = ask(ACCOUNT, pack, "token", NULL);
    cr_assert_eq(admit_one(fixture.queue, &entry).answers[0].code, ANSWER_ACCEPTED);
    return entry;
}

static void expect_cancelled(const char *pack, const char *report_id)
{
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, pack);
    cr_expect_eq(record.status, REPORT_CANCELLED);
    cr_expect_str_eq(record.report_id, report_id);
    cr_expect_str_eq(record.code, "Cancelled");
    cr_expect_gt(record.ended_at_ms, 1600000000000);
    cr_expect_str_eq(record.place, "");
    struct history history = get_history(fixture.queue, report_id);
    cr_expect_str_eq(history_value(&history, "outcome"), "cancelled");
    cr_expect_str_eq(history_value(&history, "code"), "Cancelled");
    expect_redis(&fixture, ":0", "HEXISTS packreport:{0}:jobs %s", report_id);
    expect_redis(&fixture, ":0", "HEXISTS packreport:{0}:creating " ACCOUNT ":%s", pack);
    audit_clean(fixture.queue);
}

Test(cancel, what_waits_ends_at_once_and_frees_pack_and_token)
{
    struct queue_entry entry = wait_in_ready("cp-1");
    struct queue_cancel_result result = cancel_pack(fixture.queue, "cp-1");
    cr_assert_eq(result.what, QUEUE_CANCEL_DONE);
    cr_expect_str_eq(result.report_id, entry.report_id);
    cr_expect_str_eq(result.pack_id, "cp-1");
    expect_cancelled("cp-1", entry.report_id); // the audit looks at the token's time, too
    cr_assert_eq(claim(fixture.queue, 5).job_count, 0);
    struct queue_entry again = ask(ACCOUNT, "cp-1", NULL, NULL);
    cr_assert_eq(admit_one(fixture.queue, &again).answers[0].code, ANSWER_ACCEPTED);
}

Test(cancel, what_waits_for_a_retry_ends_at_once)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_ending ending = ending_of(&job, QUEUE_RETRY);
    ending.delay_ms = 3600000;
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED);
    cr_assert_eq(cancel_report(fixture.queue, job.report_id).what, QUEUE_CANCEL_DONE);
    expect_cancelled("cp-1", job.report_id);
}

Test(cancel, an_event_tells_of_it)
{
    struct queue_entry entry = wait_in_ready("cp-1");
    (void)cancel_pack(fixture.queue, "cp-1");
    const char *event = redis(
        &fixture, "EVAL \"local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1) "
                  "return table.concat(last[1][2], ' ')\" 1 packreport:{0}:events");
    cr_assert_not_null(strstr(event, entry.report_id), "%s", event);
    cr_assert_not_null(strstr(event, "CANCELLED " ACCOUNT " cp-1 Cancelled 0"), "%s", event);
}

Test(cancel, a_running_job_is_ended_by_its_worker_under_its_fence)
{
    struct redis_connection *ear = fixture_connect(&fixture);
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_cancel_result result = cancel_pack(fixture.workers[3], "cp-1");
    cr_assert_eq(result.what, QUEUE_CANCEL_TOLD);
    cr_expect_str_eq(result.detail, "w0");
    cr_expect(listen_once(fixture.queue, ear, 5000).renew, "the worker hears of it");
    cr_expect(!listen_once(fixture.workers[1], ear, 10).renew, "no other does");
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_expect(record.status == REPORT_CREATING && record.is_cancelled);
    cr_assert_eq(renew_one(fixture.queue, &job), QUEUE_CANCELLED);
    cr_assert_eq(finish(fixture.workers[1], &job, QUEUE_CANCEL), QUEUE_REFUSED);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_CANCEL), QUEUE_FINISHED);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_CANCEL), QUEUE_FINISHED, "a repetition");
    expect_cancelled("cp-1", job.report_id);
    fixture_disconnect(&fixture, ear);
}

Test(cancel, word_is_heard_once_and_none_is_missed_between_reads)
{
    struct redis_connection *ear = fixture_connect(&fixture);
    cr_expect(!listen_once(fixture.queue, ear, 10).renew);
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)cancel_report(fixture.queue, job.report_id);
    cr_expect(listen_once(fixture.queue, ear, 5000).renew);
    cr_expect(!listen_once(fixture.queue, ear, 10).renew);
    (void)cancel_report(fixture.queue, job.report_id);
    cr_expect(listen_once(fixture.queue, ear, 5000).renew, "told once more");
    fixture_disconnect(&fixture, ear);
}

Test(cancel, what_would_run_again_ends_as_cancelled)
{
    static const enum queue_outcome OUTCOMES[] = {QUEUE_RETRY, QUEUE_HAND_BACK};
    for (size_t i = 0; i < ARRAY_LEN(OUTCOMES); i++) {
        struct queue_job job = start_job(fixture.queue, "cp-1");
        (void)cancel_report(fixture.queue, job.report_id);
        cr_assert_eq(finish(fixture.queue, &job, OUTCOMES[i]), QUEUE_FINISHED_CANCELLED);
        cr_assert_eq(finish(fixture.queue, &job, OUTCOMES[i]), QUEUE_FINISHED_CANCELLED);
        expect_cancelled("cp-1", job.report_id);
    }
}

Test(cancel, what_was_complete_stays_complete)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)cancel_report(fixture.queue, job.report_id);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    cr_assert_eq(get_report(fixture.queue, ACCOUNT, "cp-1").status, REPORT_COMPLETE);
    struct queue_cancel_result result = cancel_pack(fixture.queue, "cp-1");
    cr_expect_eq(result.what, QUEUE_CANCEL_ENDED);
    cr_expect_str_eq(result.detail, "COMPLETE");
    result = cancel_report(fixture.queue, job.report_id);
    cr_expect_eq(result.what, QUEUE_CANCEL_ENDED);
    cr_expect_str_eq(result.detail, "complete");
    cr_expect_str_eq(result.account_id, ACCOUNT);
    cr_expect_str_eq(result.pack_id, "cp-1");
}

Test(cancel, a_worker_that_is_gone_is_not_waited_for)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)cancel_report(fixture.queue, job.report_id);
    (void)redis(&fixture, "ZADD packreport:{0}:running 1 %s", job.report_id);
    struct queue_sweep_result swept = sweep(fixture.workers[1]);
    cr_assert_eq(swept.cancelled, 1);
    cr_assert_eq(swept.recovered, 0);
    expect_cancelled("cp-1", job.report_id);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_REFUSED);
}

Test(cancel, the_fence_of_the_last_report_stays)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    (void)wait_in_ready("cp-1");
    cr_assert_eq(cancel_pack(fixture.queue, "cp-1").what, QUEUE_CANCEL_DONE);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_expect_eq(record.fence, job.fence);
    cr_expect_str_eq(record.complete_report_id, job.report_id);
}

Test(cancel, a_dead_letter_is_left_and_named)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_ending ending = ending_of(&job, QUEUE_RETRY);
    ending.attempts_max = 1;
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED_DEAD);
    cr_assert_eq(cancel_pack(fixture.queue, "cp-1").what, QUEUE_CANCEL_DEAD);
    cr_assert_eq(audit(fixture.queue).dead, 1);
}

Test(cancel, what_is_not_known_says_so)
{
    cr_expect_eq(cancel_pack(fixture.queue, "cp-1").what, QUEUE_CANCEL_UNKNOWN);
    cr_expect_eq(cancel_report(fixture.queue, "rp-none").what, QUEUE_CANCEL_UNKNOWN);
}

Test(cancel, a_record_that_cannot_be_read_is_named)
{
    (void)redis(&fixture, "HSET packreport:{0}:jobs rp-1 nonsense");
    cr_expect_eq(cancel_report(fixture.queue, "rp-1").what, QUEUE_CANCEL_UNREADABLE);
    cr_expect_eq(sweep(fixture.queue).unreadable, 1);
    cr_expect_eq(cancel_report(fixture.queue, "rp-1").what, QUEUE_CANCEL_UNREADABLE);
}
