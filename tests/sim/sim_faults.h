// SPDX-License-Identifier: MIT
//
// What becomes of each call that a daemon makes to what lies outside of it: Redis, HTTP, the store.
// Either drawn from the seed, or one given call alone fails (the n-th). Thread: one.
#pragma once

#include "sim_world.h"

enum sim_place { SIM_REDIS, SIM_HTTP, SIM_STORE, SIM_PLACES };

enum sim_fate {
    SIM_FINE,
    SIM_NOT_RUN,    // lost before it ran; of HTTP and the store: it failed
    SIM_REPLY_LOST, // it ran, and the answer is lost; of HTTP: nothing comes until the time is over
    SIM_LATE,       // it arrives when the caller may have given up long ago
    SIM_REFUSED,    // an error reply of the table of redis/reply_error.h; of HTTP: 429
    SIM_DIES_BEFORE,
    SIM_DIES_AFTER,
    SIM_STOPS, // it is fine, and then the daemon stands still for longer than a lease; never given
    SIM_FATES
};
extern const char *const sim_fate_names[SIM_FATES];
extern const char *const sim_place_names[SIM_PLACES];

// All calls turn out well, and are counted.
void sim_faults_reset(void);
// Faults are drawn from here on, how many of which kind for this world, too.
void sim_faults_begin(void);
// No more; what is under way ends as it was drawn.
void sim_faults_end(void);
// The n-th call (from 1) alone, at whatever place.
void sim_faults_plan(uint64_t n, enum sim_fate fate);

// Asked once for each call. `matters`: it is about a job or a request, not a look that finds nothing.
enum sim_fate sim_faults_draw(enum sim_place place, const char *what, bool matters);
uint64_t sim_faults_calls(void); // since the reset
// What the last planned call was; "" when it did not come.
const char *sim_faults_planned_call(void);

int64_t sim_faults_latency_us(void); // of the network
int64_t sim_faults_task_us(void);    // of work on a thread
// What was late in the work that has just been done; asked once.
int64_t sim_faults_lateness_us(void);
const char *sim_faults_refusal(void);

// Counts for the summary, over all worlds of the run.
void sim_faults_count(const char *kind);
void sim_faults_print_counts(FILE *out);
uint64_t sim_faults_total(void);
