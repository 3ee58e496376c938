// SPDX-License-Identifier: MIT
#include "job_ending.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct job_retry_policy POLICY = {
    .base_ms = 1000, .cap_ms = 60000, .max_transient = 5, .max_throttled = 20};

static const struct {
    enum err_kind kind;
    bool fetching;
    enum queue_outcome outcome;
    const char *code;
} ROWS[] = {
    {ERR_NOT_FOUND, true, QUEUE_FAILED, "Invalid.CompliancePackId.Value"},
    {ERR_NOT_FOUND, false, QUEUE_FAILED, "ReportFailed.Step"},
    {ERR_UNAVAILABLE, true, QUEUE_RETRY, "ReportFailed.Step"},
    {ERR_TIMEOUT, true, QUEUE_RETRY, "ReportFailed.Step"},
    {ERR_UNCERTAIN, false, QUEUE_RETRY, "ReportFailed.Step"},
    {ERR_IO, false, QUEUE_RETRY, "ReportFailed.Step"},
    {ERR_CORRUPT, true, QUEUE_RETRY, "ReportFailed.Step"},
    {ERR_CORRUPT, false, QUEUE_FAILED, "ReportFailed.Step"},
    {ERR_DENIED, true, QUEUE_FAILED, "ReportFailed.Step"},
    {ERR_INVALID, true, QUEUE_FAILED, "ReportFailed.Step"},
    {ERR_LIMIT, true, QUEUE_FAILED, "ReportFailed.Step"},
    {ERR_CONFIG, false, QUEUE_FAILED, "ReportFailed.Step"},
    {ERR_CANCELLED, true, QUEUE_FAILED, "DeadlineExceeded"},
    {ERR_CONFLICT, false, QUEUE_RETRY, "ReportFailed.Step"},
    {ERR_INTERNAL, false, QUEUE_FAILED, "ReportFailed.Step"},
};

Test(job_ending, decides_by_kind_and_step)
{
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct err cause = ERR_INIT;
        struct job_ending ending;
        (void)err_set(&cause, ROWS[i].kind, "it broke");
        const struct job_failure failure = {
            .cause = &cause, .step_title = "Step", .is_fetching = ROWS[i].fetching};
        job_ending_of_failure(&failure, &POLICY, &ending);
        cr_expect_eq(ending.outcome, ROWS[i].outcome, "row %zu", i);
        cr_expect_str_eq(ending.code, ROWS[i].code, "row %zu", i);
        cr_expect_str_eq(ending.cause.message, "it broke");
    }
}

Test(job_ending, jitter_comes_on_top_of_retry_after)
{
    struct err cause = ERR_INIT;
    struct job_ending ending;
    int64_t largest = 0;
    (void)err_set(&cause, ERR_UNAVAILABLE, "throttled");
    cause.retry_after_ms = 77000;
    const struct job_failure failure = {
        .cause = &cause, .step_title = "Fetch", .is_fetching = true};
    for (int draw = 0; draw < 400; draw++) {
        job_ending_of_failure(&failure, &POLICY, &ending);
        cr_assert(ending.delay_ms >= 77000 && ending.delay_ms <= 78000);
        largest = ending.delay_ms > largest ? ending.delay_ms : largest;
    }
    cr_expect_gt(largest, 77500);
    cr_expect_eq(ending.retry_class, QUEUE_RETRY_TRANSIENT, "a wait alone is no throttling");
}

Test(job_ending, what_does_not_count_waits_with_a_backoff_over_all_it_has_waited)
{
    struct err cause = ERR_INIT;
    (void)err_set(&cause, ERR_UNAVAILABLE, "HTTP 503");
    struct job_failure failure = {.cause = &cause,
                                  .step_title = "Fetch",
                                  .is_fetching = true,
                                  .transient = 1,
                                  .waits = 2,
                                  .is_excused = true,
                                  .wait_ms = 3000};
    int64_t largest = 0;
    for (int draw = 0; draw < 400; draw++) {
        struct job_ending ending;
        job_ending_of_failure(&failure, &POLICY, &ending);
        cr_assert_eq(ending.outcome, QUEUE_RETRY);
        cr_assert_eq(ending.retry_class, QUEUE_RETRY_WAITING);
        cr_assert(ending.delay_ms >= 3000 && ending.delay_ms <= 8000);
        largest = ending.delay_ms > largest ? ending.delay_ms : largest;
    }
    cr_expect_gt(largest, 6000);
    failure.is_unbegun = true;
    struct job_ending ending;
    job_ending_of_failure(&failure, &POLICY, &ending);
    cr_expect_eq(ending.delay_ms, 3000, "nothing failed that could want a pause");
}

Test(job_ending, throttling_has_a_class_a_budget_and_a_backoff_of_its_own)
{
    struct err cause = ERR_INIT;
    (void)err_set(&cause, ERR_UNAVAILABLE, "HTTP 429");
    int64_t largest[2] = {0, 0};
    for (int draw = 0; draw < 400; draw++) {
        for (int throttled = 0; throttled < 2; throttled++) {
            struct job_ending ending;
            cause.is_throttled = throttled == 1;
            const struct job_failure failure = {.cause = &cause,
                                                .step_title = "Fetch",
                                                .is_fetching = true,
                                                .transient = 3,
                                                .throttled = 1};
            job_ending_of_failure(&failure, &POLICY, &ending);
            cr_assert_eq(ending.outcome, QUEUE_RETRY);
            cr_assert_eq(ending.retry_class,
                         throttled ? QUEUE_RETRY_THROTTLED : QUEUE_RETRY_TRANSIENT);
            cr_assert_eq(ending.attempts_max, throttled ? 20 : 5);
            cr_assert_leq(ending.delay_ms, throttled ? 2000 : 8000);
            largest[throttled] =
                ending.delay_ms > largest[throttled] ? ending.delay_ms : largest[throttled];
        }
    }
    cr_expect(largest[0] > 4000 && largest[1] > 1000);
}

Test(job_ending, jitter_grows_with_the_failures_up_to_the_cap)
{
    struct err cause = ERR_INIT;
    (void)err_set(&cause, ERR_TIMEOUT, "late");
    const struct {
        unsigned failures; // before
        int64_t ceiling_ms;
    } rows[] = {{0, 1000}, {1, 2000}, {2, 4000}, {6, 60000}, {98, 60000}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t largest = 0;
        for (int draw = 0; draw < 400; draw++) {
            struct job_ending ending;
            const struct job_failure failure = {.cause = &cause,
                                                .step_title = "Fetch",
                                                .is_fetching = true,
                                                .transient = rows[i].failures};
            job_ending_of_failure(&failure, &POLICY, &ending);
            cr_assert(ending.delay_ms >= 0 && ending.delay_ms <= rows[i].ceiling_ms);
            largest = ending.delay_ms > largest ? ending.delay_ms : largest;
        }
        // 400 uniform draws stay below half of the range once in 2^400 runs.
        cr_expect_gt(largest, rows[i].ceiling_ms / 2, "row %zu", i);
    }
}

Test(job_ending, the_vendors_code_comes_with_the_vendors_sentence)
{
    struct err cause = ERR_INIT;
    struct job_ending ending;
    (void)err_set(&cause, ERR_NOT_FOUND, "/srv/packs/x.json: not there");
    const struct job_failure unknown = {
        .cause = &cause, .step_title = "Fetch", .is_fetching = true};
    job_ending_of_failure(&unknown, &POLICY, &ending);
    cr_expect_str_eq(job_ending_message(&ending), "The specified CompliancePackId does not exist.");
    cr_expect_str_eq(ending.cause.message, "/srv/packs/x.json: not there");

    const struct job_failure other = {.cause = &cause, .step_title = "Evaluate"};
    job_ending_of_failure(&other, &POLICY, &ending);
    cr_expect_str_eq(job_ending_message(&ending), "/srv/packs/x.json: not there");
}
