// SPDX-License-Identifier: MIT
#include "breaker.h"

#include "base/random.h"

enum breaker_state breaker_state(const struct breaker *breaker, int64_t now_ms)
{
    return breaker->openings == 0            ? BREAKER_CLOSED
           : now_ms < breaker->open_until_ms ? BREAKER_OPEN
                                             : BREAKER_HALF_OPEN;
}

int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_ms)
{
    return breaker_state(breaker, now_ms) == BREAKER_OPEN ? breaker->open_until_ms - now_ms : 0;
}

bool breaker_admits(struct breaker *breaker, int64_t now_ms, bool *is_trial_out)
{
    *is_trial_out = false;
    switch (breaker_state(breaker, now_ms)) {
    case BREAKER_CLOSED:
        return true;
    case BREAKER_OPEN:
        return false;
    case BREAKER_HALF_OPEN:
        *is_trial_out = !breaker->is_on_trial;
        breaker->is_on_trial = true;
        return *is_trial_out;
    }
    return false;
}

bool breaker_note_answer(struct breaker *breaker)
{
    bool was_open = breaker->openings > 0;
    *breaker = (struct breaker){.failures = 0};
    return was_open;
}

static void open_for_a_while(struct breaker *breaker, const struct breaker_policy *policy,
                             int64_t now_ms)
{
    int64_t open_ms = random_backoff_ms(policy->base_ms, policy->cap_ms, breaker->openings);
    breaker->open_until_ms = now_ms + 1 + open_ms;
    breaker->openings++;
    breaker->is_on_trial = false;
}

bool breaker_note_failure(struct breaker *breaker, const struct breaker_policy *policy,
                          bool is_trial, int64_t now_ms)
{
    bool was_open = breaker->openings > 0;
    breaker->failures++;
    if (was_open ? is_trial : policy->threshold > 0 && breaker->failures >= policy->threshold) {
        open_for_a_while(breaker, policy, now_ms);
    }
    return !was_open && breaker->openings > 0;
}

void breaker_end_trial(struct breaker *breaker)
{
    breaker->is_on_trial = false;
}
