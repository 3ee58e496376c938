// SPDX-License-Identifier: MIT
//
// The pool's inside, shared by pool.c (runs, recovery, drain), pool_lease.c, pool_readiness.c,
// pool_intake.c (reading and admitting) and pool_control.c (word from operators). Thread: the
// loop's.
#pragma once

#include "job_run.h"
#include "worker/pool.h"

#include "base/trouble.h"
#include "queue/intake.h"

enum pool_state {
    POOL_WAITING,   // not connected, or the queue is not prepared
    POOL_CONSUMING, // reading, claiming, running
    POOL_DRAINING,  // finishing what it holds
    POOL_DRAINED,
};

// What is being read from the intake: at most one read at a time.
enum pool_read { POOL_READ_NONE, POOL_READ_BLOCKING, POOL_READ_POLL, POOL_READ_OWN };

struct pool_intake {
    enum pool_read read;
    bool own_is_read;         // what this consumer had pending from before is read again
    unsigned asked_for;       // entries that the last read asked for
    bool more_is_there;       // it was full
    bool is_waiting_for_slot; // the timer is set, and a free slot makes it needless
    struct loop_timer timer;  // to the next look at the intake: while busy, or after an error
    struct trouble trouble;   // of reading and admitting
    int64_t last_read_ms;     // monotonic, of the last answered read
    int64_t last_take_over_ms;
};

struct pool_control {
    bool is_listening;
    struct loop_timer timer; // to the next try, after an error
    struct trouble trouble;
};

// Judged and told by pool_readiness.c.
struct pool_readiness {
    bool said_ready;
    struct loop_timer timer;
    struct store *store;  // for the thread
    uv_work_t work;       // a check of the store, while is_checking
    struct err check_err; // the thread's
    struct err store_err; // of the last check
    int64_t store_ok_ms;  // monotonic, of the last that succeeded
    int64_t checked_ms;   // monotonic, when the last began
    bool is_checking;
    bool is_closing;
};

struct pool {
    struct pool_config config;
    struct pool_parts parts;
    struct pool_events events;
    enum pool_state state;
    struct pool_readiness readiness;
    const struct account_set *accounts;
    struct rulebook *rulebook;
    struct job_run_context run_context;
    struct job_run *runs;
    unsigned reserved; // slots promised to claims whose answer is not there yet
    unsigned calls;    // calls to the queue without an answer
    struct pool_intake intake;
    struct pool_control control;
    struct loop_timer renew_timer;
    struct loop_timer sweep_timer;
    struct loop_timer drain_timer;
    int64_t last_renewal_ms; // monotonic: when the last confirmed renewal was sent
    int64_t last_write_ms;   // monotonic, of the last answered script
    bool is_preparing;
    struct trouble prepare_trouble;
    struct trouble claim_trouble;
    struct trouble sweep_trouble;
    struct trouble renew_trouble;
    struct pool_counters counters;
    struct loop_closing closing;
};

// pool.c
unsigned pool_free_slots(const struct pool *pool);
void pool_start_jobs(struct pool *pool, const struct queue_job *jobs, size_t count);
bool pool_is_empty(const struct pool *pool); // no run, and no call to the queue under way
// After anything that may have been the last thing a drain waited for.
void pool_check_drained(struct pool *pool);

// Tells every run to stop.
void pool_stop_runs(struct pool *pool, enum job_run_stop why);

// pool_readiness.c
void pool_readiness_init(struct pool *pool);
// Before the closing of the pool's handles is counted down.
void pool_readiness_close(struct pool *pool);
// The command and the blocking connection are ready, and the queue is prepared.
bool pool_is_connected(const struct pool *pool);
// Judges, and tells the owner of a change.
void pool_tell_readiness(struct pool *pool);

// pool_lease.c
void pool_lease_init(struct pool *pool);
// Renews all leases now, whatever the time; the command connection is ready.
void pool_renew_leases(struct pool *pool);

// pool_intake.c
void pool_intake_init(struct pool *pool);
// Starts the next read if there is to be one: blocking while a slot is free, now and then while
// none is.
void pool_intake_next(struct pool *pool);
// Ends a blocking read early, because no slot is free any more or the pool drains.
void pool_intake_wake(struct pool *pool);
// Looks for entries that a dead consumer left, when it is time for that.
void pool_intake_take_over(struct pool *pool);

// pool_control.c
void pool_control_init(struct pool *pool);
// Listens for word from operators if that is not under way: from the first connection on, until the
// pool has drained.
void pool_control_listen(struct pool *pool);
// False as long as a read is under way; then it is woken, and pool_check_drained follows.
bool pool_control_end(struct pool *pool);
