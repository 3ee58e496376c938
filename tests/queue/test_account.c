// SPDX-License-Identifier: MIT
//
// Caps: an account gets Throttling.User past its cap, and what it has unfinished is counted exactly,
// whatever a job's end. Values of accounts: set, shown, listed, taken away, while all runs.
#include "operator_calls.h"

#include <stdio.h>
#include <string.h>

#define OTHER "200000000000002"

enum { KEEP = QUEUE_ACCOUNT_KEEP, DEFAULT = QUEUE_ACCOUNT_DEFAULT };

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

TestSuite(account, .init = setup, .fini = teardown);

static struct queue_entry ask_number(const char *account, int number, const char *token)
{
    char pack[16];
    (void)snprintf(pack, sizeof(pack), "cp-%d", number);
    return ask(account, pack, token, NULL);
}

static enum answer_code answer_to(const char *account, int number, const char *token)
{
    struct queue_entry entry = ask_number(account, number, token);
    return admit_one(fixture.queue, &entry).answers[0].code;
}

static uint64_t unfinished_of(const char *account)
{
    return change_account(fixture.queue, account, KEEP, KEEP).unfinished;
}

// ---- the cap

Test(account, past_its_cap_an_account_is_throttled_and_nothing_is_taken)
{
    (void)change_account(fixture.queue, ACCOUNT, KEEP, 2);
    struct queue_entry entries[5];
    for (int i = 0; i < 5; i++) {
        char token[16];
        (void)snprintf(token, sizeof(token), "t%d", i);
        entries[i] = ask_number(i == 3 ? OTHER : ACCOUNT, i, token);
    }
    struct admitted result = admit(fixture.queue, entries, 5, 0); // those in one batch count, too
    const enum answer_code expected[] = {ANSWER_ACCEPTED, ANSWER_ACCEPTED, ANSWER_THROTTLED,
                                         ANSWER_ACCEPTED, ANSWER_THROTTLED};
    for (int i = 0; i < 5; i++) {
        cr_expect_eq(result.answers[i].code, expected[i], "entry %d", i);
    }
    cr_expect_str_eq(result.answers[2].report_id, "");
    cr_expect_not_null(
        strstr(result.answers[2].message, "Request was denied due to user flow control."));
    cr_expect_eq(audit(fixture.queue).jobs, 3);
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:report:" ACCOUNT ":cp-2");
    struct queue_answer_record stored = get_answer(fixture.queue, entries[2].request_id);
    cr_expect(stored.found && stored.answer.code == ANSWER_THROTTLED);
    expect_redis(&fixture, "$400", "HGET packreport:{0}:answer:%s HttpStatus",
                 entries[2].request_id);

    // The token was not used up: as soon as there is room, the same request is accepted anew.
    cr_expect_eq(answer_to(ACCOUNT, 2, "t2"), ANSWER_THROTTLED);
    struct admitted got = claim(fixture.queue, 2); // whose is the first, is drawn
    size_t of_account = strcmp(got.jobs[0].account_id, ACCOUNT) == 0 ? 0 : 1;
    cr_assert_eq(finish(fixture.queue, &got.jobs[of_account], QUEUE_COMPLETE), QUEUE_FINISHED);
    struct queue_entry again = ask_number(ACCOUNT, 2, "t2");
    struct admitted accepted = admit_one(fixture.queue, &again);
    cr_expect_eq(accepted.answers[0].code, ANSWER_ACCEPTED);
    cr_expect_not(accepted.answers[0].replayed);
    cr_expect_eq(unfinished_of(ACCOUNT), 2);
}

Test(account, a_replay_and_a_pack_that_is_creating_come_before_the_cap)
{
    (void)change_account(fixture.queue, ACCOUNT, KEEP, 1);
    struct queue_entry first = ask(ACCOUNT, "cp-1", "token", NULL);
    cr_assert_eq(admit_one(fixture.queue, &first).answers[0].code, ANSWER_ACCEPTED);
    struct queue_entry again = ask(ACCOUNT, "cp-1", "token", NULL);
    struct queue_answer answer = admit_one(fixture.queue, &again).answers[0];
    cr_expect(answer.code == ANSWER_ACCEPTED && answer.replayed);
    cr_expect_str_eq(answer.report_id, first.report_id);
    cr_expect_eq(answer_to(ACCOUNT, 1, NULL), ANSWER_REPORT_CREATING);
    struct queue_entry other = ask(ACCOUNT, "cp-2", "token", NULL);
    cr_expect_eq(admit_one(fixture.queue, &other).answers[0].code, ANSWER_TOKEN_MISMATCH);
    cr_expect_eq(answer_to(ACCOUNT, 2, NULL), ANSWER_THROTTLED);
}

Test(account, a_cap_is_changed_while_all_runs)
{
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(answer_to(ACCOUNT, i, NULL), ANSWER_ACCEPTED, "no cap");
    }
    (void)change_account(fixture.queue, ACCOUNT, KEEP, 2); // below what there is: nothing is lost
    cr_expect_eq(answer_to(ACCOUNT, 3, NULL), ANSWER_THROTTLED);
    (void)change_account(fixture.queue, ACCOUNT, KEEP, 4);
    cr_expect_eq(answer_to(ACCOUNT, 4, NULL), ANSWER_ACCEPTED);
    cr_expect_eq(answer_to(ACCOUNT, 5, NULL), ANSWER_THROTTLED);
    (void)change_account(fixture.queue, ACCOUNT, KEEP, 0);
    cr_expect_eq(answer_to(ACCOUNT, 6, NULL), ANSWER_ACCEPTED, "no cap any more");
    cr_expect_eq(audit(fixture.queue).jobs, 5);
}

// Every way in which a job may end, or go on.
static void end_in_each_way(void)
{
    struct admitted got = claim(fixture.queue, 6);
    cr_assert_eq(got.job_count, 6);
    const enum queue_outcome outcomes[] = {QUEUE_COMPLETE, QUEUE_FAILED, QUEUE_HAND_BACK,
                                           QUEUE_RETRY};
    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
        cr_assert_eq(finish(fixture.queue, &got.jobs[i], outcomes[i]), QUEUE_FINISHED);
    }
    struct queue_ending last = ending_of(&got.jobs[4], QUEUE_RETRY);
    last.attempts_max = 1;
    cr_assert_eq(finish_with(fixture.queue, &last, 0).result, QUEUE_FINISHED_DEAD);
    (void)redis(&fixture, "ZADD packreport:{0}:running 1 %s", got.jobs[5].report_id);
    (void)sweep(fixture.queue); // its lease ran out
    audit_clean(fixture.queue);
    // Two ended, one is dead; of the other five one was handed back, two are ready again.
    cr_expect_eq(unfinished_of(ACCOUNT), 5);
    cr_assert_eq(settle_dead(fixture.queue, got.jobs[4].report_id, QUEUE_DEAD_RETRY).end,
                 QUEUE_DEAD_RETRIED);
    cr_expect_eq(unfinished_of(ACCOUNT), 6, "although the cap is lower");
}

Test(account, what_is_unfinished_is_counted_through_every_end)
{
    for (int i = 0; i < 8; i++) {
        cr_assert_eq(answer_to(ACCOUNT, i, NULL), ANSWER_ACCEPTED);
    }
    (void)change_account(fixture.queue, ACCOUNT, KEEP, 2);
    end_in_each_way();
    (void)set_paused(fixture.queue, ACCOUNT, NULL, true);
    cr_expect_eq(unfinished_of(ACCOUNT), 6, "what is paused counts");
    for (int i = 0; i < 8; i++) {
        char pack[16];
        (void)snprintf(pack, sizeof(pack), "cp-%d", i);
        (void)cancel_pack(fixture.queue, pack);
    }
    cr_expect_eq(unfinished_of(ACCOUNT), 0);
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:unfinished");
}

Test(account, a_dropped_letter_and_a_passed_deadline_leave_the_count_right)
{
    struct queue_entry late = ask(ACCOUNT, "cp-late", NULL, NULL);
    late.request.deadline_ms = 1;
    (void)admit(fixture.queue, &late, 1, 0);
    cr_expect_eq(unfinished_of(ACCOUNT), 1);
    cr_expect_eq(claim(fixture.queue, 1).job_count, 0);
    cr_expect_eq(unfinished_of(ACCOUNT), 0);
    struct queue_job job = start_job(fixture.queue, "cp-dead");
    struct queue_ending ending = ending_of(&job, QUEUE_RETRY);
    ending.attempts_max = 1;
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED_DEAD);
    cr_expect_eq(unfinished_of(ACCOUNT), 0);
    (void)settle_dead(fixture.queue, job.report_id, QUEUE_DEAD_DROP);
    cr_expect_eq(unfinished_of(ACCOUNT), 0);
}

// A job that vanished is counted out once: by a sweep, by the next request for its pack, or by the
// retry of a letter of its pack.
Test(account, a_job_that_vanished_is_counted_out_once)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)redis(&fixture, "HDEL packreport:{0}:jobs %s", job.report_id);
    (void)redis(&fixture, "ZREM packreport:{0}:running %s", job.report_id);
    cr_expect_eq(answer_to(ACCOUNT, 1, NULL), ANSWER_ACCEPTED);
    cr_expect_eq(unfinished_of(ACCOUNT), 1);
    audit_clean(fixture.queue);
    struct queue_entry lost = ask(ACCOUNT, "cp-2", NULL, NULL);
    (void)admit_one(fixture.queue, &lost);
    cr_expect_eq(unfinished_of(ACCOUNT), 2);
    (void)redis(&fixture, "HDEL packreport:{0}:jobs %s", lost.report_id);
    (void)redis(&fixture, "ZREM packreport:{0}:ready %s", lost.report_id);
    (void)sweep(fixture.queue);
    cr_expect_eq(unfinished_of(ACCOUNT), 1);
    audit_clean(fixture.queue);

    struct admitted got = claim(fixture.queue, 1);
    struct queue_ending ending = ending_of(&got.jobs[0], QUEUE_RETRY);
    ending.attempts_max = 1;
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED_DEAD);
    lost = ask(ACCOUNT, "cp-1", NULL, NULL);
    (void)admit_one(fixture.queue, &lost);
    (void)redis(&fixture, "HDEL packreport:{0}:jobs %s", lost.report_id);
    (void)redis(&fixture, "ZREM packreport:{0}:ready %s", lost.report_id);
    cr_assert_eq(settle_dead(fixture.queue, got.jobs[0].report_id, QUEUE_DEAD_RETRY).end,
                 QUEUE_DEAD_RETRIED);
    cr_expect_eq(unfinished_of(ACCOUNT), 1);
}

Test(account, an_idle_queue_forgets_a_count_that_is_wrong)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)redis(&fixture, "HSET packreport:{0}:unfinished " ACCOUNT " 7 " OTHER " 5");
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    cr_expect_eq(unfinished_of(ACCOUNT), 6);
    (void)sweep(fixture.queue);
    cr_expect_eq(unfinished_of(ACCOUNT), 0);
    cr_expect_eq(unfinished_of(OTHER), 0);
}

// ---- the values

Test(account, values_are_set_kept_and_taken_away)
{
    struct queue_account account = change_account(fixture.queue, ACCOUNT, KEEP, KEEP);
    cr_expect(account.weight == DEFAULT && account.cap == DEFAULT && account.unfinished == 0);
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:accounts");
    account = change_account(fixture.queue, ACCOUNT, 3, KEEP);
    cr_expect(account.weight == 3 && account.cap == DEFAULT);
    account = change_account(fixture.queue, ACCOUNT, KEEP, 70);
    cr_expect(account.weight == 3 && account.cap == 70);
    account = change_account(fixture.queue, ACCOUNT, DEFAULT, 0);
    cr_expect(account.weight == DEFAULT && account.cap == 0);
    cr_expect_str_eq(account.account_id, ACCOUNT);
    account = change_account(fixture.queue, ACCOUNT, DEFAULT, DEFAULT);
    cr_expect(account.weight == DEFAULT && account.cap == DEFAULT);
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:accounts");
}

// A version that knows no rates reads "<weight>|<cap>" alone, so nothing else is written without need.
Test(account, a_rate_stands_beside_weight_and_cap)
{
    (void)change_account(fixture.queue, ACCOUNT, 3, 70);
    expect_redis(&fixture, "$3|70", "HGET packreport:{0}:accounts " ACCOUNT);
    struct queue_account account = change_rate(fixture.queue, ACCOUNT, 60, KEEP);
    cr_expect(account.weight == 3 && account.cap == 70 && account.rate == 60);
    cr_expect_eq(account.burst, DEFAULT);
    account = change_rate(fixture.queue, ACCOUNT, 0, 5);
    cr_expect(account.rate == 0 && account.burst == 5);
    account = change_account(fixture.queue, ACCOUNT, KEEP, 71);
    cr_expect(account.cap == 71 && account.rate == 0 && account.burst == 5);
    expect_redis(&fixture, "$3|71|0|5", "HGET packreport:{0}:accounts " ACCOUNT);
    struct account_list list = list_accounts(fixture.queue);
    cr_assert_eq(list.count, 1);
    cr_expect(list.accounts[0].rate == 0 && list.accounts[0].burst == 5);
    // The cap counts as before.
    (void)change_account(fixture.queue, ACCOUNT, KEEP, 1);
    cr_expect_eq(answer_to(ACCOUNT, 1, NULL), ANSWER_ACCEPTED);
    cr_expect_eq(answer_to(ACCOUNT, 2, NULL), ANSWER_THROTTLED);
    (void)change_rate(fixture.queue, ACCOUNT, DEFAULT, DEFAULT);
    expect_redis(&fixture, "$3|1", "HGET packreport:{0}:accounts " ACCOUNT);
    (void)change_account(fixture.queue, ACCOUNT, DEFAULT, DEFAULT);
    (void)change_rate(fixture.queue, ACCOUNT, DEFAULT, 7);
    expect_redis(&fixture, "$|||7", "HGET packreport:{0}:accounts " ACCOUNT);
    (void)change_rate(fixture.queue, ACCOUNT, DEFAULT, DEFAULT);
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:accounts");
}

Test(account, values_that_are_none_are_the_default)
{
    static const char *const texts[] = {"x", "-1|-1", "0|", "3", "|||", "1.5|2.5"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        (void)redis(&fixture, "HSET packreport:{0}:accounts " ACCOUNT " %s", texts[i]);
        cr_expect_eq(answer_to(ACCOUNT, (int)i, NULL), ANSWER_ACCEPTED, "%s", texts[i]);
    }
    expect_redis(&fixture, "$166320", "HGET packreport:{0}:fair " ACCOUNT); // 6 of weight 1
}

// Also where only a part of what lies there is none: what is shown is what counts.
Test(account, values_that_are_none_are_shown_as_none)
{
    static const char *const texts[] = {"x|3", "3|x", "3|4|x", "3", "|||"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        (void)redis(&fixture, "HSET packreport:{0}:accounts " ACCOUNT " %s", texts[i]);
        struct account_list list = list_accounts(fixture.queue);
        cr_assert_eq(list.count, 1);
        const struct queue_account shown[] = {list.accounts[0],
                                              change_account(fixture.queue, ACCOUNT, KEEP, KEEP)};
        for (size_t k = 0; k < ARRAY_LEN(shown); k++) {
            cr_expect(shown[k].weight == DEFAULT && shown[k].cap == DEFAULT, "%s", texts[i]);
        }
    }
}

Test(account, all_are_listed_with_jobs_or_values)
{
    enum { JOBS = 300, VALUES = 100 };
    for (int i = 0; i < JOBS; i++) {
        char account[24];
        (void)snprintf(account, sizeof(account), "%d", 1000 + i);
        cr_assert_eq(answer_to(account, 1, NULL), ANSWER_ACCEPTED);
    }
    for (int i = 0; i < VALUES; i++) { // half of them have jobs
        char account[24];
        (void)snprintf(account, sizeof(account), "%d", 1000 + JOBS - VALUES / 2 + i);
        (void)change_account(fixture.queue, account, 2, 9);
    }
    struct account_list list = list_accounts(fixture.queue);
    cr_expect_eq(list.count, JOBS + VALUES / 2);
    size_t valued = 0;
    size_t busy = 0;
    for (size_t i = 0; i < list.count; i++) {
        valued += list.accounts[i].weight == 2 && list.accounts[i].cap == 9 ? 1 : 0;
        busy += list.accounts[i].unfinished;
    }
    cr_expect_eq(valued, VALUES);
    cr_expect_eq(busy, JOBS);
    (void)redis(&fixture, "FLUSHALL");
    cr_expect_eq(list_accounts(fixture.queue).count, 0);
}

static struct err change_err;

static void on_refused(void *context, const struct queue_account *account, const struct err *err)
{
    cr_assert_null(account);
    change_err = *err;
    *(bool *)context = true;
}

Test(account, not_more_accounts_have_values_than_the_limit)
{
    for (int i = 0; i < QUEUE_ACCOUNTS_MAX; i += 100) {
        char command[2000] = "HSET packreport:{0}:accounts";
        for (int n = i; n < i + 100; n++) {
            size_t len = strlen(command);
            (void)snprintf(command + len, sizeof(command) - len, " %d 2|", n);
        }
        (void)redis(&fixture, "%s", command);
    }
    bool done = false;
    const struct queue_account_change change = {
        .weight = 2, .cap = KEEP, .rate = KEEP, .burst = KEEP};
    queue_change_account(fixture.queue, ACCOUNT, &change, on_refused, &done);
    fixture_wait_for(&done);
    cr_expect_eq(change_err.kind, ERR_LIMIT, "%s", change_err.message);
    cr_expect_eq(change_account(fixture.queue, "7", 5, KEEP).weight, 5, "one that has values");
    (void)change_account(fixture.queue, "8", DEFAULT, DEFAULT);
    cr_expect_eq(change_account(fixture.queue, ACCOUNT, 2, KEEP).weight, 2);
}

// ---- with settings of its own

TestSuite(account_settings, .fini = teardown);

Test(account_settings, accounts_without_a_cap_have_the_settings)
{
    fixture_init(&fixture);
    fixture.config.account_cap = 2;
    fixture.config.backlog_max = 4;
    fixture_start(&fixture);
    (void)change_account(fixture.queue, OTHER, KEEP, 0);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(answer_to(ACCOUNT, i, NULL), i < 2 ? ANSWER_ACCEPTED : ANSWER_THROTTLED);
        cr_expect_eq(answer_to(OTHER, i, NULL), i < 2 ? ANSWER_ACCEPTED : ANSWER_UNAVAILABLE,
                     "no cap, but the whole is full");
    }
    cr_expect_eq(answer_to("3", 1, NULL), ANSWER_UNAVAILABLE);
    cr_expect_eq(answer_to(ACCOUNT, 9, NULL), ANSWER_THROTTLED, "its own fault comes first");
}
