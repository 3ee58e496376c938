// SPDX-License-Identifier: MIT
//
// Budgets of attempts: each class of passing faults has its own, and none uses up another's.
#include "operator_calls.h"

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

TestSuite(retry, .init = setup, .fini = teardown);

enum { BUDGET = 3, BUDGET_THROTTLED = 4 };

static enum queue_finished fail(const struct queue_job *job, enum queue_retry_class class)
{
    struct queue_ending ending = ending_of(job, QUEUE_RETRY);
    ending.retry_class = class;
    ending.attempts_max = class == QUEUE_RETRY_THROTTLED ? BUDGET_THROTTLED : BUDGET;
    return finish_with(fixture.queue, &ending, 0).result;
}

static struct queue_job next_attempt(void)
{
    (void)sweep(fixture.queue);                       // the delay is 0
    struct admitted got = claim_alone(fixture.queue); // also what a crash has left one of
    cr_assert_eq(got.job_count, 1);
    return got.jobs[0];
}

static struct queue_job crash(const struct queue_job *job)
{
    (void)redis(&fixture, "ZADD packreport:{0}:running 1 %s", job->report_id);
    return next_attempt();
}

static void expect_letter(const char *report_id, const char *attempts, const char *transient,
                          const char *throttled, const char *crashes)
{
    const char *const pairs[][2] = {{"attempts", attempts},
                                    {"transient", transient},
                                    {"throttled", throttled},
                                    {"crashes", crashes}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        char wanted[16];
        (void)snprintf(wanted, sizeof(wanted), "$%s", pairs[i][1]);
        expect_redis(&fixture, wanted, "HGET packreport:{0}:dead:%s %s", report_id, pairs[i][0]);
    }
}

Test(retry, throttling_does_not_use_up_the_budget_of_faults)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    for (int i = 0; i < BUDGET_THROTTLED - 1; i++) {
        cr_assert_eq(fail(&job, QUEUE_RETRY_THROTTLED), QUEUE_FINISHED);
        job = next_attempt();
    }
    for (int i = 0; i < BUDGET - 1; i++) {
        cr_assert_eq(fail(&job, QUEUE_RETRY_TRANSIENT), QUEUE_FINISHED);
        job = next_attempt();
    }
    cr_expect_eq(job.attempts, 6);
    cr_expect_eq(job.throttled, BUDGET_THROTTLED - 1);
    cr_expect_eq(job.transient, BUDGET - 1);
    cr_expect_eq(job.crashes, 0);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_expect(record.attempts == 6 && record.throttled == 3 && record.transient == 2);
    cr_assert_eq(fail(&job, QUEUE_RETRY_TRANSIENT), QUEUE_FINISHED_DEAD);
    expect_letter(job.report_id, "6", "3", "3", "0");
    struct queue_dead_page page = list_dead(fixture.queue, 0);
    cr_expect(page.letters[0].transient == 3 && page.letters[0].throttled == 3);
    struct history history = get_history(fixture.queue, job.report_id);
    cr_expect_str_eq(history_value(&history, "transient"), "3");
    cr_expect_str_eq(history_value(&history, "throttled"), "3");
    cr_expect_str_eq(history_value(&history, "request_id"), job.request_id);
}

// For as long as it takes, and without leaving a line of its history for each time.
Test(retry, waiting_for_a_service_uses_up_nothing)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_assert_eq(fail(&job, QUEUE_RETRY_TRANSIENT), QUEUE_FINISHED);
    for (unsigned i = 0; i < 10 * BUDGET; i++) {
        job = next_attempt();
        cr_expect(job.attempts == 2 && job.waits == i, "%u, %u", job.attempts, job.waits);
        cr_expect(job.transient == 1 && job.throttled == 0);
        cr_assert_eq(fail(&job, QUEUE_RETRY_WAITING), QUEUE_FINISHED);
        cr_assert_eq(fail(&job, QUEUE_RETRY_WAITING), QUEUE_FINISHED, "its reply was lost");
    }
    struct history history = get_history(fixture.queue, job.report_id);
    cr_expect_str_neq(history_value(&history, "attempt:2"), "");
    cr_expect_str_eq(history_value(&history, "attempt:3"), "");
    for (int i = 0; i < BUDGET - 1; i++) {
        job = next_attempt();
        cr_expect_eq(job.waits, 10 * BUDGET);
        cr_expect_eq(fail(&job, QUEUE_RETRY_TRANSIENT),
                     i == BUDGET - 2 ? QUEUE_FINISHED_DEAD : QUEUE_FINISHED);
    }
    expect_letter(job.report_id, "3", "3", "0", "0");
}

Test(retry, what_waited_does_not_stand_in_front_of_others)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_entry entry = ask("200000000000002", "cp-2", NULL, NULL);
    (void)admit_one(fixture.queue, &entry);
    cr_assert_eq(fail(&job, QUEUE_RETRY_WAITING), QUEUE_FINISHED);
    (void)sweep(fixture.queue);
    struct admitted got = claim(fixture.queue, 2);
    cr_assert_eq(got.job_count, 2);
    cr_expect_str_eq(got.jobs[0].pack_id, "cp-2");
    cr_expect_str_eq(got.jobs[1].pack_id, "cp-1");
}

Test(retry, throttling_has_a_budget_too)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_assert_eq(fail(&job, QUEUE_RETRY_TRANSIENT), QUEUE_FINISHED);
    for (int i = 0; i < BUDGET_THROTTLED - 1; i++) {
        job = next_attempt();
        cr_assert_eq(fail(&job, QUEUE_RETRY_THROTTLED), QUEUE_FINISHED);
    }
    job = next_attempt();
    cr_assert_eq(fail(&job, QUEUE_RETRY_THROTTLED), QUEUE_FINISHED_DEAD);
    expect_letter(job.report_id, "5", "1", "4", "0");
}

Test(retry, crashes_and_lost_leases_do_not_use_up_the_budget_of_faults)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    for (int i = 0; i < BUDGET - 1; i++) {
        cr_assert_eq(fail(&job, QUEUE_RETRY_TRANSIENT), QUEUE_FINISHED);
        job = next_attempt();
    }
    for (int i = 0; i < QUEUE_CRASHES_MAX - 1; i++) {
        job = crash(&job);
    }
    cr_expect(job.attempts == 5 && job.crashes == 2 && job.transient == 2);
    (void)renew_one(fixture.queue, &job); // it lives: no crash
    job = crash(&job);
    cr_expect(job.attempts == 6 && job.crashes == 2);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_HAND_BACK), QUEUE_FINISHED);
    job = next_attempt();
    cr_expect(job.attempts == 6 && job.transient == 2, "what was handed back does not count");
    cr_assert_eq(fail(&job, QUEUE_RETRY_TRANSIENT), QUEUE_FINISHED_DEAD);
    expect_letter(job.report_id, "6", "3", "0", "2");
}

Test(retry, a_letter_that_is_retried_has_all_budgets_again)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_assert_eq(fail(&job, QUEUE_RETRY_THROTTLED), QUEUE_FINISHED);
    for (int i = 0; i < BUDGET; i++) {
        job = next_attempt();
        (void)fail(&job, QUEUE_RETRY_TRANSIENT);
    }
    cr_assert_eq(settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_RETRY).end,
                 QUEUE_DEAD_RETRIED);
    job = next_attempt();
    cr_expect(job.attempts == 1 && job.transient == 0 && job.throttled == 0 && job.crashes == 0);
}

Test(retry, a_job_with_failures_can_be_cancelled)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_assert_eq(fail(&job, QUEUE_RETRY_TRANSIENT), QUEUE_FINISHED);
    job = next_attempt();
    cr_assert_eq(fail(&job, QUEUE_RETRY_THROTTLED), QUEUE_FINISHED);
    job = next_attempt();
    cr_assert_eq(cancel_report(fixture.queue, job.report_id).what, QUEUE_CANCEL_TOLD);
    cr_assert_eq(cancel_report(fixture.queue, job.report_id).what, QUEUE_CANCEL_TOLD);
    cr_expect_eq(renew_one(fixture.queue, &job), QUEUE_CANCELLED);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_expect(record.is_cancelled && record.transient == 1 && record.throttled == 1);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_CANCEL), QUEUE_FINISHED);
    struct history history = get_history(fixture.queue, job.report_id);
    cr_expect_str_eq(history_value(&history, "outcome"), "cancelled");
    cr_expect_str_eq(history_value(&history, "throttled"), "1");
}

// Flags of another version do not make a job unreadable.
Test(retry, flags_that_are_not_known_are_let_be)
{
    struct queue_entry entry = ask(ACCOUNT, "cp-1", NULL, NULL);
    (void)admit_one(fixture.queue, &entry);
    char record[1024];
    const char *stored = redis(&fixture, "HGET packreport:{0}:jobs %s", entry.report_id);
    cr_assert(strncmp(stored, "$0|0|0||", 8) == 0, "%s", stored);
    (void)snprintf(record, sizeof(record), "0|0|0|x7e2|%s", stored + 8);
    (void)redis(&fixture, "HSET packreport:{0}:jobs %s %s", entry.report_id, record);
    struct queue_job job = next_attempt();
    cr_expect_eq(job.attempts, 1);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
}
