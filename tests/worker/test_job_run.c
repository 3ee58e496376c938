// SPDX-License-Identifier: MIT
//
// The run of a job against a pack source, a store and a queue that do as they are told: every step,
// every way to fail, and being stopped in front of each step.
#include "fake_run.h"

#include "base/clock.h"
#include "job_run_private.h"
#include "loop_run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

enum { LATE_MS = 3000, LEASE_MS = 1500, HOUR_MS = 3600 * 1000 };

TestSuite(job_run, .init = fake_run_set_up, .fini = fake_run_tear_down);

Test(job_run, completes)
{
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_str_eq(fake.finish_step, "finish");
    cr_expect(fake.completed == 1 && fake.resources > 0);
    cr_expect_eq(fake.published, 1);
    cr_expect_eq(fake.tidied, 1);
    cr_expect_eq(fake.discarded, 0);
    for (unsigned i = 0; i < POOL_STAGE_COUNT; i++) {
        cr_expect_eq(fake.stages[i], 1, "stage %u", i);
    }
}

Test(job_run, repeats_a_finish_that_had_no_answer)
{
    fake.finish_failures = 3;
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_calls, 4);
    cr_expect_eq(fake.unanswered, 3);
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_eq(fake.tidied, 1);
}

Test(job_run, discards_what_the_queue_refuses)
{
    fake.finish_result = QUEUE_REFUSED;
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.published, 1);
    cr_expect_eq(fake.discarded, 1);
    cr_expect_eq(fake.tidied, 0);
}

Test(job_run, fails_for_good_when_the_pack_does_not_exist)
{
    (void)err_set(&fake.fetch_err, ERR_NOT_FOUND, "no such pack");
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "Invalid.CompliancePackId.Value");
    cr_expect_str_eq(fake.finish_step, "fetch");
    cr_expect_eq(fake.staged + fake.discarded, 0);
}

Test(job_run, takes_a_pack_from_a_source_that_is_read)
{
    fake.source.methods = &FAKE_RUN_READING_SOURCE;
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_str_eq(fake.finish_step, "finish");
    cr_expect_eq(fake.published, 1);
}

Test(job_run, a_pack_that_cannot_be_read_fails_in_fetch)
{
    fake.source.methods = &FAKE_RUN_READING_SOURCE;
    (void)err_set(&fake.fetch_err, ERR_NOT_FOUND, "no such pack");
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "Invalid.CompliancePackId.Value");
    cr_expect_str_eq(fake.finish_step, "fetch");
    cr_expect_eq(fake.staged, 0);
}

Test(job_run, retries_when_the_source_is_away)
{
    (void)err_set(&fake.fetch_err, ERR_UNAVAILABLE, "503");
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_RETRY);
    cr_expect_str_eq(fake.finish_code, "ReportFailed.Fetch");
}

Test(job_run, retries_when_the_disk_is_full)
{
    (void)err_set(&fake.store_err[1], ERR_IO, "no space left");
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_RETRY);
    cr_expect_str_eq(fake.finish_code, "ReportFailed.Store");
    cr_expect_str_eq(fake.finish_step, "store");
    cr_expect_eq(fake.discarded, 1);
}

static void expect_wait(const char *step)
{
    cr_expect_eq(fake.finish_outcome, QUEUE_RETRY);
    cr_expect_eq(fake.finish_class, QUEUE_RETRY_WAITING);
    cr_expect_str_eq(fake.finish_step, step);
}

static void fail_upstream(void)
{
    struct err cause = ERR_INIT;
    (void)err_set(&cause, ERR_UNAVAILABLE, "503");
    for (int i = 0; i < 2; i++) {
        struct service_use use;
        cr_assert(service_enter(services_upstream(fake.services, ""), &use));
        (void)service_note_failure(&use, &cause, 0);
        service_leave(&use);
    }
    cr_assert_eq(services_away(fake.services, SERVICE_UPSTREAM), 1);
}

Test(job_run, a_store_without_room_costs_no_attempt)
{
    (void)err_set_errno(&fake.store_err[0], ERR_IO, ENOSPC, "staging");
    fake_run_start();
    fake_run_to_end();
    expect_wait("evaluate");
    cr_expect_eq(services_away(fake.services, SERVICE_STORE), 1);
}

Test(job_run, an_upstream_that_is_away_is_not_asked)
{
    fake.breaker_ms = HOUR_MS;
    fake_run_renew_services();
    fail_upstream();
    fake_run_start();
    fake_run_to_end();
    expect_wait("fetch");
    cr_expect_null(fake.fetch_callback, "nothing was fetched");
    cr_expect_eq(fake.staged, 0);
}

Test(job_run, a_trial_that_fails_costs_no_attempt)
{
    fail_upstream();
    (void)err_set(&fake.fetch_err, ERR_TIMEOUT, "too late");
    fake_run_start();
    fake_run_to_end();
    expect_wait("fetch");
    cr_expect_not_null(fake.fetch_callback, "it was a trial");
}

Test(job_run, a_trial_that_succeeds_ends_the_outage)
{
    fail_upstream();
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_eq(services_away(fake.services, SERVICE_UPSTREAM), 0);
}

Test(job_run, an_answer_about_the_pack_ends_the_outage_too)
{
    fail_upstream();
    (void)err_set(&fake.fetch_err, ERR_NOT_FOUND, "no such pack");
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_eq(services_away(fake.services, SERVICE_UPSTREAM), 0);
}

Test(job_run, a_trial_that_never_came_to_asking_says_nothing)
{
    fail_upstream();
    (void)err_set(&fake.fetch_err, ERR_DENIED, "no credential");
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_eq(services_away(fake.services, SERVICE_UPSTREAM), 1);
    cr_expect_not(service_is_on_trial(services_upstream(fake.services, "")));
}

Test(job_run, a_job_that_has_waited_long_enough_fails_as_without_breakers)
{
    fake.breaker_ms = HOUR_MS;
    fake_run_renew_services();
    fail_upstream();
    fake.config.outage_patience_ms = 0;
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_RETRY);
    cr_expect_eq(fake.finish_class, QUEUE_RETRY_TRANSIENT);
}

Test(job_run, one_that_was_claimed_too_late_goes_to_another_store)
{
    fake.breaker_ms = HOUR_MS;
    fake_run_renew_services();
    struct err cause = ERR_INIT;
    (void)err_set(&cause, ERR_IO, "full");
    struct service_use use;
    cr_assert(service_enter(services_store(fake.services), &use));
    (void)service_note_failure(&use, &cause, 0);
    service_leave(&use);
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_HAND_BACK);
    cr_expect_null(fake.fetch_callback);
}

Test(job_run, a_pack_that_is_no_json_fails_in_bind)
{
    fake.pack = "{";
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_step, "bind");
    cr_expect_eq(fake.staged, 0);
}

Test(job_run, an_inventory_that_is_not_there_fails_in_evaluate)
{
    fake.account_inventory = "none.ndjson";
    fake_run_start();
    fake_run_to_end();
    cr_expect_neq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_str_eq(fake.finish_step, "evaluate");
}

Test(job_run, ends_although_cleaning_fails)
{
    (void)err_set(&fake.store_err[2], ERR_IO, "read-only");
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_eq(fake.tidied, 1);
}

static bool is_at_drill(void *context)
{
    return strcmp(job_run_step_name(fake.run), context) == 0;
}

static const char *const DRILLED[] = {"fetch", "bind", "evaluate", "render", "store", "finish"};

static void stop_in_front_of(const char *step, enum job_run_stop why)
{
    fake.config.drill_step = step;
    fake.config.drill_stall_ms = 3600 * 1000;
    fake_run_start();
    cr_assert(loop_run_until(&fake.loop, is_at_drill, (void *)(uintptr_t)step), "%s", step);
    job_run_stop(fake.run, why);
    cr_assert(!fake.ended, "nothing is called back before the call has returned");
    fake_run_to_end();
}

// The thread that has one step in hand begins no other, and the run says where it was.
Test(job_run, a_stop_keeps_the_task_from_its_next_step)
{
    atomic_store(&fake.is_stage_held, true);
    fake_run_start();
    cr_assert(loop_run_until(&fake.loop, is_at_drill, (void *)(uintptr_t) "evaluate"));
    cr_expect(job_run_stop(fake.run, JOB_STOP_HAND_BACK));
    atomic_store(&fake.is_stage_held, false);
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_HAND_BACK);
    cr_expect_str_eq(fake.finish_step, "evaluate");
    cr_expect_eq(fake.staged, 1);
    cr_expect_eq(fake.published, 0);
    cr_expect_eq(fake.discarded, 1);
}

#define STOP_TEST(step_name, index)                                                                \
    Test(job_run, lost_in_front_of_##step_name)                                                    \
    {                                                                                              \
        stop_in_front_of(DRILLED[index], JOB_STOP_LOST);                                           \
        cr_expect_eq(fake.finish_calls, 0);                                                        \
        cr_expect_eq(fake.discarded, fake.staged);                                                 \
    }                                                                                              \
    Test(job_run, handed_back_in_front_of_##step_name)                                             \
    {                                                                                              \
        stop_in_front_of(DRILLED[index], JOB_STOP_HAND_BACK);                                      \
        cr_expect_eq(fake.finish_calls, 1);                                                        \
        cr_expect_eq(fake.finish_outcome, QUEUE_HAND_BACK);                                        \
        cr_expect_str_eq(fake.finish_step, DRILLED[index]);                                        \
        cr_expect_eq(fake.discarded, fake.staged);                                                 \
    }                                                                                              \
    Test(job_run, cancelled_in_front_of_##step_name)                                               \
    {                                                                                              \
        stop_in_front_of(DRILLED[index], JOB_STOP_CANCELLED);                                      \
        cr_expect_eq(fake.finish_calls, 1);                                                        \
        cr_expect_eq(fake.finish_outcome, QUEUE_CANCEL);                                           \
        cr_expect_str_eq(fake.finish_step, DRILLED[index]);                                        \
        cr_expect_eq(fake.tidied, fake.staged, "nor is anything of dead attempts left");           \
        cr_expect_eq(fake.discarded, fake.staged);                                                 \
    }

STOP_TEST(fetch, 0)
STOP_TEST(bind, 1)
STOP_TEST(evaluate, 2)
STOP_TEST(render, 3)
STOP_TEST(store, 4)
STOP_TEST(finish, 5)

static bool is_fetching(void *context)
{
    (void)context;
    return fake.fetch_callback != NULL;
}

Test(job_run, cancels_a_fetch_under_way)
{
    fake.fetch_hangs = true;
    fake_run_start();
    cr_assert(loop_run_until(&fake.loop, is_fetching, NULL));
    job_run_stop(fake.run, JOB_STOP_LOST);
    fake_run_to_end();
    cr_expect_eq(fake.finish_calls, 0);
}

static bool has_tried_twice(void *context)
{
    (void)context;
    return fake.finish_calls >= 2;
}

Test(job_run, a_retry_of_what_was_cancelled_meanwhile_leaves_nothing)
{
    (void)err_set(&fake.store_err[1], ERR_IO, "no space left");
    fake.finish_result = QUEUE_FINISHED_CANCELLED;
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_RETRY);
    cr_expect_eq(fake.discarded, 1);
    cr_expect_eq(fake.tidied, 1);
}

Test(job_run, gives_up_finishing_when_the_daemon_has_to_end)
{
    fake.finish_failures = 1000;
    fake_run_start();
    cr_assert(loop_run_until(&fake.loop, has_tried_twice, NULL));
    job_run_stop(fake.run, JOB_STOP_HAND_BACK);
    fake_run_to_end();
    cr_expect_eq(fake.discarded, 0, "the published files are the next attempt's to remove");
    cr_expect_eq(fake.tidied, 1, "those of dead attempts are not");
}

Test(job_run, an_account_that_is_gone_fails_the_job)
{
    const struct queue_job job = {
        .report_id = "rp-1", .account_id = "2", .pack_id = "pack-1", .fence = 5, .attempts = 1};
    const struct account_set none = {.count = 0};
    fake.run = job_run_create(&fake.context, &job, clock_boot_ms(), &none, fake.rulebook);
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
}

// The source is asked for the pack alone: see fake_fetch in fake_run.c.
Test(job_run, a_report_over_a_group_is_of_its_pack)
{
    fake_run_start_of("ca-1.pack-1", 0);
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
}

Test(job_run, a_group_that_is_gone_fails_the_job)
{
    fake_run_start_of("ca-2.pack-1", 0);
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "ReportFailed.Fetch");
}

Test(job_run, a_deadline_that_has_passed_fails_the_job)
{
    fake_run_start_with_deadline(1);
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "DeadlineExceeded");
    cr_expect_eq(fake.fetch_callback, NULL, "nothing was asked of the source");
}

Test(job_run, a_deadline_aborts_what_is_under_way)
{
    fake.fetch_hangs = true;
    fake_run_start_with_deadline(clock_wall_ms() + 60);
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "DeadlineExceeded");
    cr_expect_str_eq(fake.finish_step, "fetch");
    cr_expect(fake.fetch_timeout_ms > 0 && fake.fetch_timeout_ms <= 60, "%lld",
              (long long)fake.fetch_timeout_ms);
}

Test(job_run, an_error_past_the_deadline_is_no_reason_to_retry)
{
    (void)err_set(&fake.fetch_err, ERR_TIMEOUT, "no answer");
    fake.fetch_hangs = true; // the deadline cancels it, and this is what comes back
    fake_run_start_with_deadline(clock_wall_ms() + 30);
    fake_run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "DeadlineExceeded");
}

#define LATE_TEST(step_name, index)                                                                \
    Test(job_run, late_in_front_of_##step_name)                                                    \
    {                                                                                              \
        fake.config.drill_step = DRILLED[index];                                                   \
        fake.config.drill_stall_ms = 3600 * 1000;                                                  \
        fake_run_start_with_deadline(clock_wall_ms() + LATE_MS);                                   \
        fake_run_to_end();                                                                         \
        cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);                                           \
        cr_expect_str_eq(fake.finish_code, "DeadlineExceeded");                                    \
        cr_expect_str_eq(fake.finish_step, DRILLED[index]);                                        \
        cr_expect_eq(fake.discarded, fake.staged);                                                 \
    }

LATE_TEST(bind, 1)
LATE_TEST(evaluate, 2)
LATE_TEST(render, 3)
LATE_TEST(store, 4)
LATE_TEST(finish, 5)

// ---- two thirds of the lease. No pool is there to stop the run: it has to look by itself.

Test(job_run, begins_nothing_with_a_claim_that_is_too_old)
{
    fake.config.lease_ms = LEASE_MS;
    fake.claimed_ago_ms = LEASE_MS * 2 / 3;
    fake_run_start();
    fake_run_to_end();
    cr_expect_eq(fake.given_up, 1);
    cr_expect_eq(fake.fetch_callback, NULL, "nothing was asked of the source");
    cr_expect_eq(fake.staged + fake.finish_calls, 0);
}

// As after SIGSTOP: what is due first is the next step.
static void come_back_too_late_to(const char *step)
{
    fake.config.lease_ms = LEASE_MS;
    fake.config.drill_step = step;
    fake.config.drill_stall_ms = LEASE_MS;
    fake_run_start();
    cr_assert(loop_run_until(&fake.loop, is_at_drill, (void *)(uintptr_t)step), "%s", step);
    fake_run_to_end();
    cr_expect_eq(fake.given_up, 1);
    cr_expect_eq(fake.published, 0);
    cr_expect_eq(fake.finish_calls, 0);
    cr_expect_eq(fake.discarded, fake.staged);
}

#define TOO_LATE_TEST(step_name, index)                                                            \
    Test(job_run, comes_back_too_late_to_##step_name)                                              \
    {                                                                                              \
        come_back_too_late_to(DRILLED[index]);                                                     \
    }

TOO_LATE_TEST(fetch, 0)
TOO_LATE_TEST(bind, 1)
TOO_LATE_TEST(evaluate, 2)
TOO_LATE_TEST(render, 3)
TOO_LATE_TEST(store, 4)

static bool is_not_sure(void *context)
{
    (void)context;
    return !job_lease_is_sure(job_run_lease(fake.run));
}

Test(job_run, a_task_looks_at_the_lease_before_each_step)
{
    atomic_store(&fake.is_stage_held, true);
    fake.config.lease_ms = LEASE_MS;
    fake_run_start();
    cr_assert(loop_run_until(&fake.loop, is_at_drill, (void *)(uintptr_t) "evaluate"));
    cr_assert(loop_run_until(&fake.loop, is_not_sure, NULL));
    atomic_store(&fake.is_stage_held, false);
    fake_run_to_end();
    cr_expect_eq(fake.given_up, 1);
    cr_expect_eq(fake.published, 0);
    cr_expect_eq(fake.finish_calls, 0);
    cr_expect_eq(fake.discarded, 1);
}

static bool waits_for_lease(void *context)
{
    (void)context;
    return fake.run->waits_for_lease;
}

static void wait_in_finish(void)
{
    fake.config.lease_ms = LEASE_MS;
    fake.config.drill_step = "finish";
    fake.config.drill_stall_ms = LEASE_MS;
    fake_run_start();
    cr_assert(loop_run_until(&fake.loop, waits_for_lease, NULL));
    cr_expect_eq(fake.published, 1);
    cr_expect_eq(fake.finish_calls, 0);
}

Test(job_run, records_its_end_when_the_lease_is_confirmed)
{
    wait_in_finish();
    job_run_confirm_lease(fake.run, clock_boot_ms());
    fake_run_to_end();
    cr_expect_eq(fake.given_up, 0);
    cr_expect_eq(fake.finish_calls, 1);
    cr_expect_eq(fake.completed, 1);
}

// It may have been recorded before: only the queue knows.
Test(job_run, asks_for_its_end_when_the_lease_is_lost)
{
    fake.finish_result = QUEUE_REFUSED;
    wait_in_finish();
    cr_expect_not(job_run_stop(fake.run, JOB_STOP_LOST));
    fake_run_to_end();
    cr_expect_eq(fake.finish_calls, 1);
    cr_expect_eq(fake.discarded, 1);
}

Test(job_run, an_older_confirmation_does_not_shorten_the_lease)
{
    fake.config.lease_ms = LEASE_MS;
    fake.fetch_hangs = true;
    fake_run_start();
    int64_t left_ms = job_lease_left_ms(job_run_lease(fake.run));
    job_run_confirm_lease(fake.run, clock_boot_ms() - LEASE_MS);
    cr_expect(left_ms > 0 && job_lease_left_ms(job_run_lease(fake.run)) > left_ms - LEASE_MS / 2);
    (void)job_run_stop(fake.run, JOB_STOP_LOST);
    fake_run_to_end();
}
