// SPDX-License-Identifier: MIT
//
// Runs of worlds. Thread: one.
#pragma once

#include "sim_faults.h"
#include "sim_redis.h"

#include <stdint.h>

// A world of faults: `hours` of them, then a while without, in which all must come to its end.
// Returns the digest of its history.
uint64_t sim_run_world(uint64_t seed, int64_t hours, const struct sim_redis_mutant *mutant);

// A small fixed scenario in which the n-th call alone fails (0: none). Returns how many calls there
// were.
struct sim_nth {
    uint64_t seed;
    uint64_t n;
    enum sim_fate fate;
    const struct sim_redis_mutant *mutant; // NULL: none
};
uint64_t sim_run_nth(const struct sim_nth *nth);

// Virtual time of all worlds.
int64_t sim_run_simulated_us(void);
// How the present world is run again, for who has to look at it.
void sim_run_describe(FILE *out);
