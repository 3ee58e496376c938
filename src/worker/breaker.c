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

bool breaker_admits(struct breaker *breaker, int64_t now_ms, uint64_t *trial_out)
{
    *trial_out = 0;
    switch (breaker_state(breaker, now_ms)) {
    case BREAKER_CLOSED:
        return true;
    case BREAKER_OPEN:
        return false;
    case BREAKER_HALF_OPEN:
        if (breaker->trial != 0) {
            return false;
        }
        breaker->trial = ++breaker->trials;
        *trial_out = breaker->trial;
        return true;
    }
    return false;
}

bool breaker_note_answer(struct breaker *breaker)
{
    bool was_open = breaker->openings > 0;
    *breaker = (struct breaker){.trials = breaker->trials};
    return was_open;
}

static void open_for_a_while(struct breaker *breaker, const struct breaker_policy *policy,
                             int64_t now_ms)
{
    int64_t open_ms = random_backoff_ms(policy->base_ms, policy->cap_ms, breaker->openings);
    breaker->open_until_ms = now_ms + 1 + open_ms;
    breaker->openings++;
    breaker->trial = 0;
}

bool breaker_note_failure(struct breaker *breaker, const struct breaker_policy *policy,
                          uint64_t trial, int64_t now_ms)
{
    bool is_trial = trial != 0 && trial == breaker->trial;
    bool was_open = breaker->openings > 0;
    breaker->failures++;
    if (was_open ? is_trial : policy->threshold > 0 && breaker->failures >= policy->threshold) {
        open_for_a_while(breaker, policy, now_ms);
    }
    return !was_open && breaker->openings > 0;
}

void breaker_end_trial(struct breaker *breaker, uint64_t trial)
{
    if (trial == breaker->trial) {
        breaker->trial = 0;
    }
}
