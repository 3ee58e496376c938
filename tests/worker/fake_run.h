// SPDX-License-Identifier: MIT
//
// The run of a job against a pack source, a store and a queue that do as they are told, and a pool
// that counts: what a test fills in before it starts the run, and what it finds afterwards. The
// queue's queue_finish is this one. Thread: one; what task threads call is the store alone, and the
// source that reads.
#pragma once

#include "base/loop.h"
#include "job_run.h"

#include <stdatomic.h>

struct fake_run {
    uv_loop_t loop;
    struct loop_timer fetch_timer;
    struct log *log;
    struct services *services; // no breaker of theirs is open
    int64_t breaker_ms;        // how long one is, at most
    struct tasks *tasks;
    struct rulebook *rulebook;
    struct pool_config config;
    struct job_run_context context;
    struct job_run *run;

    struct pack_source source;
    pack_fetch_cb fetch_callback;
    void *fetch_context;
    bool fetch_hangs;
    int64_t fetch_timeout_ms; // that the last fetch was given
    struct err fetch_err;
    const char *pack;              // what a fetch gives
    const char *account_inventory; // of the account; "inventory.ndjson" is there

    struct store store;
    struct err store_err[3];   // of stage, publish, tidy and discard
    atomic_bool is_stage_held; // stage does not return
    unsigned staged;
    unsigned published;
    unsigned discarded;
    unsigned tidied;

    struct loop_timer finish_timer;
    queue_finish_cb finish_callback;
    void *finish_context;
    unsigned finish_failures; // so many calls find no answer
    enum queue_finished finish_result;
    unsigned finish_calls;
    enum queue_outcome finish_outcome;
    enum queue_retry_class finish_class; // of a retry
    unsigned stages[POOL_STAGE_COUNT];   // how often each was timed
    unsigned completed;
    uint64_t resources; // of the complete report
    char finish_code[64];
    char finish_step[QUEUE_STEP_BYTES];

    bool tasks_closed;
    int64_t claimed_ago_ms; // when the claim was sent
    unsigned given_up;
    unsigned unanswered;
    unsigned idle; // how often the slot was given up
    bool ended;
};

extern struct fake_run fake;

// A source that is read on a task thread; the one of set_up is fetched from.
extern const struct pack_source_methods FAKE_RUN_READING_SOURCE;

void fake_run_set_up(void);
// Again, with what breaker_ms is now.
void fake_run_renew_services(void);
void fake_run_tear_down(void); // expects that no handle is left

// Starts the run of the report "rp-1" over the pack "pack-1", of account "1", which has the group
// "ca-1"; `deadline_ms` as in struct queue_job.
void fake_run_start(void);
void fake_run_start_with_deadline(int64_t deadline_ms);
void fake_run_start_of(const char *pack_id, int64_t deadline_ms);

// Expects that it ends.
void fake_run_to_end(void);
