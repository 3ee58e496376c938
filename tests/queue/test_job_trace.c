// SPDX-License-Identifier: MIT
//
// The trace of a request comes with its job, whatever way that takes.
#include "operator_calls.h"

#include <string.h>

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
#define STATE  "e1=c|W|t9,t1=e3 ~"

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

TestSuite(job_trace, .init = setup, .fini = teardown);

static struct queue_entry ask_traced(const char *pack)
{
    struct queue_entry entry = ask(ACCOUNT, pack, NULL, NULL);
    const struct span state = span_of(STATE);
    cr_assert(trace_parse(span_of("00-" TRACE "-" PARENT "-01"), &entry.request.trace));
    trace_set_state(&entry.request.trace, &state, 1);
    cr_assert_str_eq(entry.request.trace.state, STATE);
    return entry;
}

static void expect_trace(const struct queue_job *job)
{
    cr_expect_str_eq(job->trace.trace_id, TRACE);
    cr_expect_str_eq(job->trace.parent_id, PARENT);
    cr_expect_str_eq(job->trace.state, STATE);
    cr_expect(job->trace.is_sampled);
}

static struct queue_job retry(const struct queue_job *job, enum queue_retry_class class)
{
    struct queue_ending ending = ending_of(job, QUEUE_RETRY);
    ending.attempts_max = 9;
    ending.retry_class = class;
    ending.delay_ms = 0;
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED);
    (void)sweep(fixture.queue);
    struct admitted got = claim(fixture.queue, 1);
    cr_assert_eq(got.job_count, 1);
    return got.jobs[0];
}

Test(job_trace, goes_through_claims_and_retries_beside_their_counts)
{
    struct queue_entry entry = ask_traced("cp-1");
    cr_assert_eq(admit(fixture.queue, &entry, 1, 0).answer_count, 1);
    struct admitted got = claim(fixture.queue, 1);
    cr_assert_eq(got.job_count, 1);
    expect_trace(&got.jobs[0]);
    struct queue_job job = retry(&got.jobs[0], QUEUE_RETRY_TRANSIENT);
    job = retry(&job, QUEUE_RETRY_THROTTLED);
    job = retry(&job, QUEUE_RETRY_TRANSIENT);
    expect_trace(&job);
    cr_expect(job.transient == 2 && job.throttled == 1, "%u, %u", job.transient, job.throttled);
    (void)cancel_pack(fixture.queue, "cp-1");
    cr_expect_eq(renew_one(fixture.queue, &job), QUEUE_CANCELLED, "the flag stands before it");
    cr_expect_eq(finish(fixture.queue, &job, QUEUE_CANCEL), QUEUE_FINISHED);
}

Test(job_trace, comes_with_a_claim_in_the_same_call_and_with_a_letter_that_is_retried)
{
    struct queue_entry entry = ask_traced("cp-1");
    struct admitted got = admit(fixture.queue, &entry, 1, 1);
    cr_assert_eq(got.job_count, 1);
    expect_trace(&got.jobs[0]);
    struct queue_ending ending = ending_of(&got.jobs[0], QUEUE_RETRY);
    ending.attempts_max = 1;
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED_DEAD);
    cr_assert_eq(settle_dead(fixture.queue, got.jobs[0].report_id, QUEUE_DEAD_RETRY).end,
                 QUEUE_DEAD_RETRIED);
    got = claim(fixture.queue, 1);
    cr_assert_eq(got.job_count, 1);
    expect_trace(&got.jobs[0]);
    cr_expect_eq(got.jobs[0].transient, 0);
    cr_expect_eq(finish(fixture.queue, &got.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
}

Test(job_trace, none_is_begun_where_a_request_has_none)
{
    struct queue_entry entry = ask(ACCOUNT, "cp-1", NULL, NULL);
    queue_entry_name(&entry);
    struct admitted got = admit(fixture.queue, &entry, 1, 1);
    cr_assert_eq(got.job_count, 1);
    cr_expect_eq(strlen(got.jobs[0].trace.trace_id), TRACE_ID_DIGITS);
    cr_expect_str_eq(got.jobs[0].trace.trace_id, entry.request.trace.trace_id);
    cr_expect_str_eq(got.jobs[0].trace.state, "");
    cr_expect_not(got.jobs[0].trace.is_sampled);
    cr_expect_eq(finish(fixture.queue, &got.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
}

// A record of a version without traces, and flags that nobody of ours wrote.
Test(job_trace, a_record_without_one_is_read_as_ever)
{
    static const struct {
        const char *flags;
        unsigned transient;
    } rows[] = {{"", 0}, {"e2", 2}, {"Wxe2", 0}, {"WABCe2", 2}, {"WS", 0}, {"W", 0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct queue_job job = start_job(fixture.queue, "cp-1");
        (void)redis(&fixture,
                    "HSET packreport:{0}:jobs %s 0|0|0|%s||0||0|0|0|1|" ACCOUNT "|cp-1|r||0|",
                    job.report_id, rows[i].flags);
        (void)redis(&fixture, "ZREM packreport:{0}:running %s", job.report_id);
        (void)redis(&fixture, "ZADD packreport:{0}:ready 0 %s", job.report_id);
        struct admitted got = claim(fixture.queue, 1);
        cr_assert_eq(got.job_count, 1, "%s", rows[i].flags);
        cr_expect_str_eq(got.jobs[0].trace.trace_id, "", "%s", rows[i].flags);
        cr_expect_eq(got.jobs[0].transient, rows[i].transient, "%s", rows[i].flags);
        cr_expect_eq(finish(fixture.queue, &got.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
    }
}
