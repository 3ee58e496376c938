// SPDX-License-Identifier: MIT
#include "breaker.h"

#include <criterion/criterion.h>

enum { BASE_MS = 1000, CAP_MS = 8000, THRESHOLD = 3, DRAWS = 400 };

static const struct breaker_policy POLICY = {
    .threshold = THRESHOLD, .base_ms = BASE_MS, .cap_ms = CAP_MS};

static bool fail(struct breaker *breaker, uint64_t trial, int64_t now_ms)
{
    return breaker_note_failure(breaker, &POLICY, trial, now_ms);
}

// Opens it at 0.
static struct breaker opened(void)
{
    struct breaker breaker = {.failures = 0};
    for (int i = 0; i < THRESHOLD - 1; i++) {
        cr_assert(!fail(&breaker, 0, 0));
        cr_assert_eq(breaker_state(&breaker, 0), BREAKER_CLOSED);
    }
    cr_assert(fail(&breaker, 0, 0), "the last of them opens it");
    return breaker;
}

Test(breaker, opens_after_failures_in_a_row)
{
    struct breaker breaker = opened();
    uint64_t trial = 7;
    cr_expect_eq(breaker_state(&breaker, 0), BREAKER_OPEN);
    cr_expect(!breaker_admits(&breaker, 0, &trial) && trial == 0);
    cr_expect(breaker_wait_ms(&breaker, 0) > 0);
}

Test(breaker, an_answer_between_them_keeps_it_closed)
{
    struct breaker breaker = {.failures = 0};
    for (int i = 0; i < 5 * THRESHOLD; i++) {
        cr_expect(!fail(&breaker, 0, 0));
        if (i % (THRESHOLD - 1) == THRESHOLD - 2) {
            cr_expect(!breaker_note_answer(&breaker));
        }
        cr_expect_eq(breaker_state(&breaker, 0), BREAKER_CLOSED);
    }
}

Test(breaker, admits_one_trial_when_its_time_is_over)
{
    struct breaker breaker = opened();
    int64_t until_ms = breaker_wait_ms(&breaker, 0);
    uint64_t trial;
    cr_expect(!breaker_admits(&breaker, until_ms - 1, &trial));
    cr_expect_eq(breaker_state(&breaker, until_ms), BREAKER_HALF_OPEN);
    cr_expect(breaker_admits(&breaker, until_ms, &trial) && trial != 0);
    uint64_t other;
    cr_expect(!breaker_admits(&breaker, until_ms, &other) && other == 0, "one at a time");
    breaker_end_trial(&breaker, other);
    cr_expect(!breaker_admits(&breaker, until_ms, &other), "who was not let in ends nothing");
    breaker_end_trial(&breaker, trial);
    cr_expect(breaker_admits(&breaker, until_ms, &trial) && trial != 0, "that one told nothing");
}

Test(breaker, a_trial_that_is_answered_closes_it)
{
    struct breaker breaker = opened();
    int64_t now_ms = breaker_wait_ms(&breaker, 0);
    uint64_t trial;
    cr_assert(breaker_admits(&breaker, now_ms, &trial));
    cr_expect(breaker_note_answer(&breaker));
    cr_expect_eq(breaker_state(&breaker, now_ms), BREAKER_CLOSED);
    cr_expect(breaker_admits(&breaker, now_ms, &trial) && trial == 0);
    cr_expect(!fail(&breaker, 0, now_ms), "all failures are forgotten");
}

Test(breaker, who_asked_before_it_opened_prolongs_nothing)
{
    struct breaker breaker = opened();
    int64_t until_ms = breaker.open_until_ms;
    cr_expect(!fail(&breaker, 0, until_ms - 1));
    cr_expect_eq(breaker.open_until_ms, until_ms);
    cr_expect(breaker_note_answer(&breaker), "but its answer is one");
}

// Somebody else's answer has closed it, and it has opened and tries anew: the first trial is over only now.
Test(breaker, a_trial_of_before_says_nothing_about_a_later_one)
{
    struct breaker breaker = opened();
    int64_t now_ms = breaker_wait_ms(&breaker, 0);
    uint64_t old;
    uint64_t trial;
    uint64_t other;
    cr_assert(breaker_admits(&breaker, now_ms, &old) && old != 0);
    cr_assert(breaker_note_answer(&breaker));
    for (int i = 0; i < THRESHOLD; i++) {
        (void)fail(&breaker, 0, now_ms);
    }
    now_ms += breaker_wait_ms(&breaker, now_ms);
    int64_t until_ms = breaker.open_until_ms;
    cr_assert(breaker_admits(&breaker, now_ms, &trial) && trial != 0);
    breaker_end_trial(&breaker, old);
    cr_expect(!breaker_admits(&breaker, now_ms, &other), "the trial goes on");
    cr_expect(!fail(&breaker, old, now_ms));
    cr_expect_eq(breaker.open_until_ms, until_ms, "nor does it prolong anything");
    breaker_end_trial(&breaker, trial);
    cr_expect(breaker_admits(&breaker, now_ms, &other) && other != 0);
}

Test(breaker, stays_open_longer_after_each_trial_up_to_the_cap)
{
    static const int64_t CEILINGS[] = {BASE_MS, 2 * BASE_MS, 4 * BASE_MS, CAP_MS, CAP_MS, CAP_MS};
    enum { COUNT = sizeof(CEILINGS) / sizeof(CEILINGS[0]) };
    int64_t longest[COUNT] = {0};
    for (int draw = 0; draw < DRAWS; draw++) {
        struct breaker breaker = opened();
        int64_t now_ms = 0;
        for (int i = 0; i < COUNT; i++) {
            int64_t wait_ms = breaker_wait_ms(&breaker, now_ms);
            cr_assert(wait_ms > 0 && wait_ms <= CEILINGS[i] + 1);
            longest[i] = wait_ms > longest[i] ? wait_ms : longest[i];
            now_ms += wait_ms;
            uint64_t trial;
            cr_assert(breaker_admits(&breaker, now_ms, &trial) && trial != 0);
            cr_assert(!fail(&breaker, trial, now_ms), "it was open");
            cr_assert_eq(breaker_state(&breaker, now_ms), BREAKER_OPEN);
        }
    }
    for (int i = 0; i < COUNT; i++) {
        cr_expect(longest[i] > CEILINGS[i] / 2, "%d: %lld", i, (long long)longest[i]);
    }
}

Test(breaker, without_a_threshold_it_never_opens)
{
    const struct breaker_policy none = {.threshold = 0, .base_ms = BASE_MS, .cap_ms = CAP_MS};
    struct breaker breaker = {.failures = 0};
    for (int i = 0; i < 100; i++) {
        cr_expect(!breaker_note_failure(&breaker, &none, 0, i));
    }
    cr_expect_eq(breaker_state(&breaker, 100), BREAKER_CLOSED);
}
