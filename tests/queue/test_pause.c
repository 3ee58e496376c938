// SPDX-License-Identifier: MIT
//
// Pause and resume: claims pass over what is paused, and nothing of it is lost.
#include "operator_calls.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define OTHER "200000000000002"

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

TestSuite(pause, .init = setup, .fini = teardown);

static void wait_in_ready(const char *account, const char *pack)
{
    struct queue_entry entry = ask(account, pack, NULL, NULL);
    cr_assert_eq(admit_one(fixture.queue, &entry).answers[0].code, ANSWER_ACCEPTED);
}

static size_t claim_all(void)
{
    return claim(fixture.queue, QUEUE_BATCH_MAX).job_count;
}

Test(pause, everything_is_not_claimed_until_it_is_resumed)
{
    wait_in_ready(ACCOUNT, "cp-1");
    cr_assert(set_paused(fixture.queue, NULL, NULL, true).changed);
    cr_expect(!set_paused(fixture.queue, NULL, NULL, true).changed);
    cr_expect_eq(claim_all(), 0);
    struct queue_entry entry = ask(ACCOUNT, "cp-2", NULL, NULL);
    struct admitted got = admit(fixture.queue, &entry, 1, 5);
    cr_expect_eq(got.answers[0].code, ANSWER_ACCEPTED, "admission goes on");
    cr_expect_eq(got.job_count, 0);
    cr_expect_str_eq(get_report(fixture.queue, ACCOUNT, "cp-2").paused, "everything");
    cr_assert(set_paused(fixture.queue, NULL, NULL, false).changed);
    cr_expect(!set_paused(fixture.queue, NULL, NULL, false).changed);
    cr_expect_eq(claim_all(), 2);
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:paused");
}

Test(pause, an_account_is_passed_over_and_others_are_not)
{
    wait_in_ready(ACCOUNT, "cp-1");
    wait_in_ready(OTHER, "cp-1");
    cr_expect_eq(set_paused(fixture.queue, ACCOUNT, NULL, true).moved, 1);
    wait_in_ready(ACCOUNT, "cp-2"); // asked for while it is paused
    struct admitted got = claim(fixture.queue, 5);
    cr_assert_eq(got.job_count, 1);
    cr_expect_str_eq(got.jobs[0].account_id, OTHER);
    cr_expect_eq(audit(fixture.queue).held, 2);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_expect_str_eq(record.place, "held");
    cr_expect_str_eq(record.paused, "account");
    cr_expect_str_eq(get_report(fixture.queue, OTHER, "cp-1").paused, "");
    cr_expect_eq(set_paused(fixture.queue, ACCOUNT, NULL, false).moved, 2);
    cr_expect_eq(claim_all(), 2);
}

Test(pause, a_pack_is_passed_over_and_the_account_is_not)
{
    wait_in_ready(ACCOUNT, "cp-1");
    wait_in_ready(ACCOUNT, "cp-2");
    (void)set_paused(fixture.queue, ACCOUNT, "cp-1", true);
    cr_expect_str_eq(get_report(fixture.queue, ACCOUNT, "cp-1").paused, "pack");
    struct admitted got = claim(fixture.queue, 5);
    cr_assert_eq(got.job_count, 1);
    cr_expect_str_eq(got.jobs[0].pack_id, "cp-2");
    (void)set_paused(fixture.queue, ACCOUNT, NULL, true);
    (void)set_paused(fixture.queue, ACCOUNT, "cp-1", false);
    cr_expect_eq(claim_all(), 0, "its account is paused still");
    (void)set_paused(fixture.queue, ACCOUNT, NULL, false);
    cr_expect_eq(claim_all(), 1);
}

Test(pause, jobs_come_back_in_their_old_turn)
{
    wait_in_ready(ACCOUNT, "cp-1");
    wait_in_ready(ACCOUNT, "cp-2");
    (void)set_paused(fixture.queue, ACCOUNT, "cp-1", true);
    wait_in_ready(ACCOUNT, "cp-3");
    (void)set_paused(fixture.queue, ACCOUNT, "cp-1", false);
    struct admitted got = claim(fixture.queue, 3);
    cr_assert_eq(got.job_count, 3);
    cr_expect_str_eq(got.jobs[0].pack_id, "cp-1");
    cr_expect_str_eq(got.jobs[2].pack_id, "cp-3");
}

Test(pause, a_long_backlog_moves_in_steps)
{
    enum { COUNT = 300 };
    for (int i = 0; i < COUNT; i++) {
        char pack[16];
        (void)snprintf(pack, sizeof(pack), "cp-%d", i);
        wait_in_ready(ACCOUNT, pack);
    }
    wait_in_ready(OTHER, "cp-1");
    cr_expect_eq(set_paused(fixture.queue, ACCOUNT, NULL, true).moved, COUNT);
    cr_expect_eq(claim(fixture.queue, 1).job_count, 1, "the other is not behind it");
    cr_expect_eq(audit(fixture.queue).held, COUNT);
    cr_expect_eq(set_paused(fixture.queue, ACCOUNT, NULL, false).moved, COUNT);
    cr_expect_eq(audit(fixture.queue).ready, COUNT);
}

Test(pause, what_a_resume_did_not_move_a_sweep_does)
{
    wait_in_ready(ACCOUNT, "cp-1");
    (void)set_paused(fixture.queue, ACCOUNT, NULL, true);
    cr_expect_eq(sweep(fixture.queue).resumed, 0);
    (void)redis(&fixture, "DEL packreport:{0}:paused");
    cr_expect_eq(sweep(fixture.queue).resumed, 1);
    cr_expect_eq(claim_all(), 1);
}

Test(pause, what_runs_goes_on_and_what_comes_back_waits)
{
    struct queue_job running = start_job(fixture.queue, "cp-1");
    struct queue_job back = start_job(fixture.queue, "cp-2");
    (void)set_paused(fixture.queue, ACCOUNT, NULL, true);
    cr_expect_eq(renew_one(fixture.queue, &running), QUEUE_HELD);
    cr_expect_eq(finish(fixture.queue, &running, QUEUE_COMPLETE), QUEUE_FINISHED);
    struct queue_ending ending = ending_of(&back, QUEUE_HAND_BACK);
    cr_expect_eq(finish_with(fixture.queue, &ending, 5).job_count, 0);
    cr_expect_eq(audit(fixture.queue).held, 1);
    (void)set_paused(fixture.queue, ACCOUNT, NULL, false);
    cr_expect_eq(claim_all(), 1);
}

Test(pause, what_is_held_can_be_cancelled_and_can_be_late)
{
    wait_in_ready(ACCOUNT, "cp-1");
    struct queue_entry late = ask(ACCOUNT, "cp-2", NULL, NULL);
    late.request.deadline_ms = clock_wall_ms() + 50;
    (void)admit_one(fixture.queue, &late);
    cr_expect_eq(set_paused(fixture.queue, ACCOUNT, NULL, true).moved, 2);
    cr_expect_eq(cancel_pack(fixture.queue, "cp-1").what, QUEUE_CANCEL_DONE);
    int64_t end_ms = clock_monotonic_ms() + 10000;
    unsigned dropped = 0;
    while (dropped == 0 && clock_monotonic_ms() < end_ms) {
        dropped = sweep(fixture.queue).late;
    }
    cr_expect_eq(dropped, 1);
    cr_expect_eq(audit(fixture.queue).held, 0);
}
