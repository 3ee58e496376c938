// SPDX-License-Identifier: MIT
//
// A circuit breaker: whether something that jobs need is to be asked, by how it served those that
// asked last. Pure but for the jitter. Private to worker.
//
//   closed     everybody may ask. So many failures in a row open it
//   open       nobody may, until a time
//   half open  that time has passed: one may ask, the trial, and the others go on waiting
//
//   closed --failures in a row--> open --time--> half open --trial failed--> open, for longer
//   open, half open --an answer to anybody--> closed
//
// It stays open for a random part of base_ms * 2^n, at most cap_ms, after n trials that failed. Who
// asked while it was closed and fails later says nothing new and prolongs nothing; nor does a trial
// that somebody else's answer has made needless, when its end comes in the time of a later one.
// Thread: its owner's.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct breaker_policy {
    unsigned threshold; // failures in a row that open it; 0: it never opens
    int64_t base_ms;
    int64_t cap_ms;
};

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

// All zero: closed, and nothing is known yet. Times are monotonic.
struct breaker {
    unsigned failures; // in a row
    unsigned openings; // in a row, 0 while it is closed
    int64_t open_until_ms;
    uint64_t trial;  // the number of the one under way; 0: none
    uint64_t trials; // so far; stays when it closes
};

enum breaker_state breaker_state(const struct breaker *breaker, int64_t now_ms);
// Until it is half open; 0 when it is not open.
int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_ms);

// Whether one more may ask. *trial_out (written in either case): 0, or the number of the trial that it
// is, which has to end with one of the following.
bool breaker_admits(struct breaker *breaker, int64_t now_ms, uint64_t *trial_out);
// True when that has closed it.
bool breaker_note_answer(struct breaker *breaker);
// True when that has opened it; a trial that fails finds it open already.
bool breaker_note_failure(struct breaker *breaker, const struct breaker_policy *policy,
                          uint64_t trial, int64_t now_ms);
// The trial came to an end that tells nothing: the next may be one. Of one that is not under way any
// more nothing.
void breaker_end_trial(struct breaker *breaker, uint64_t trial);
