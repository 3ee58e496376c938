// SPDX-License-Identifier: MIT
//
// The pool's inside: pool.c (its life, connections, drain), pool_claim.c (runs, claims, the sharing
// of slots), pool_sweep.c (recovery), pool_lease.c, pool_readiness.c, pool_intake.c (reading and
// admitting), pool_control.c (word from operators), pool_owners.c (whose partition is whose), pool_leave.c
// (the last word). A lane
// is what the pool does for one partition.
// Thread: the loop's.
#pragma once

#include "job_run.h"
#include "services.h"
#include "worker/pool.h"

#include "base/trouble.h"
#include "queue/intake.h"
#include "queue/partition.h"

enum pool_state {
    POOL_RUNNING,
    POOL_DRAINING, // finishing what it holds
    POOL_LEAVING,  // it holds nothing, and takes itself off the list of workers
    POOL_DRAINED,
};

// What is being read from the intake: at most one read at a time.
enum pool_read { POOL_READ_NONE, POOL_READ_BLOCKING, POOL_READ_POLL, POOL_READ_OWN };

struct pool_intake {
    enum pool_read read;
    bool own_is_read;         // what this consumer had pending from before is read again
    unsigned asked_for;       // entries that the last read asked for
    bool more_is_there;       // and that it got: there may be more
    struct loop_timer timer;  // to the next look at the intake: while busy, or after an error
    bool is_waiting_for_slot; // the timer is set for being busy: a free slot makes it needless
    struct trouble trouble;   // of reading and admitting
    int64_t last_read_ms;     // monotonic, of the last answered read
    int64_t last_take_over_ms;
};

struct pool_lane {
    struct pool *pool;
    unsigned partition;
    struct queue *queue;
    struct redis_connection *command;
    struct redis_connection *blocking; // NULL while the lane is not owned, and not left just now
    struct job_run_context run_context;
    bool is_owned;     // read and swept by this pool
    bool is_consuming; // connected and prepared; false: not yet, or not any more
    bool is_preparing;
    bool is_claiming;
    bool has_work; // jobs may wait: it takes part in the sharing of slots
    unsigned busy; // runs of the lane that hold a slot, and a lease
    struct pool_intake intake;
    int64_t last_write_ms; // monotonic, of the last answered script
    int64_t last_claim_ms; // monotonic
    int64_t last_heard_ms; // monotonic, when a renewal or a preparation last ended, well or not
    struct trouble prepare_trouble;
    bool is_whole; // since the last claim that failed a sweep found no job in no place
    struct trouble claim_trouble;
    struct trouble sweep_trouble;
    struct trouble renew_trouble;
    struct trouble finish_trouble;
    struct trouble door_trouble; // of admissions that are not the pool's
    bool is_probing;             // whether they go well again
    int64_t probed_ms;           // monotonic
};

struct pool_control {
    bool is_listening;
    struct loop_timer timer; // to the next try, after an error
    struct trouble trouble;
};

enum { POOL_FAULT_BYTES = ERR_MESSAGE_BYTES + 64 }; // with what stands before a message

// Judged and told by pool_readiness.c.
struct pool_readiness {
    bool said_ready;
    bool has_said;                              // anything
    int64_t began_ms;                           // monotonic
    char no_connection[ERR_MESSAGE_BYTES + 32]; // with why the last was lost or could not be made
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
    enum breaker_state store_state; // as it was seen last
    struct pool_lane *lanes;        // config.partitions of them
    unsigned next_lane;             // whose turn it is to get free slots
    unsigned next_help;             // where an idle pool looks for jobs next
    struct trouble owners_trouble;
    bool is_asking_workers;
    bool number_is_known; // partition 0 has found that the number of partitions is right
    // A job that runs alone holds its slot, or is being claimed: it has all slots until it is over.
    bool is_alone;
    unsigned calls; // calls to the queue without an answer
    struct services *services;
    struct pool_readiness readiness;
    const struct account_set *accounts;
    struct rulebook *rulebook;
    struct job_run_list runs;
    unsigned busy;        // runs that hold a slot
    unsigned reserved;    // slots promised to claims whose answer is not there yet
    int64_t last_down_ms; // monotonic, when a connection, or a try to make one, failed; 0: never
    struct pool_control control;
    struct loop_timer renew_timer;
    struct loop_timer unsure_timer; // to when the first of the runs is not sure of its lease
    int64_t unsure_at_ms;           // clock_boot_ms; of the timer, while it is set
    struct loop_timer sweep_timer;
    struct loop_timer drain_timer;
    struct pool_counters counters;
    struct loop_closing closing;
};

// NOLINTBEGIN(bugprone-macro-parentheses): the name of a variable cannot stand in parentheses
#define POOL_EACH_LANE(pool, lane)                                                                 \
    for (struct pool_lane *lane = (pool)->lanes; lane < (pool)->lanes + (pool)->config.partitions; \
         lane++)
// NOLINTEND(bugprone-macro-parentheses)

// pool.c
bool pool_is_empty(const struct pool *pool); // no run, and no call to the queue under way
// After anything that may have been the last thing a drain waited for.
void pool_check_drained(struct pool *pool);
// Prepares the queue of a lane whose command connection is ready; then it consumes.
void pool_lane_prepare(struct pool_lane *lane);
bool pool_lane_may_read(const struct pool_lane *lane); // owned, consuming, and no drain

// pool_claim.c
void pool_claim_init(struct pool_lane *lane);
unsigned pool_free_slots(const struct pool *pool);
// How many of the free slots a claim of this lane may take, now that jobs wait in others, too.
unsigned pool_share_of(const struct pool_lane *lane);
// After each answer to a call that claims: a job that is to run alone counts as work, although no slot
// was filled.
void pool_note_alone(struct pool_lane *lane);
// What has claimed the jobs was sent at `sent_at_ms` (clock_boot_ms).
void pool_start_jobs(struct pool_lane *lane, const struct queue_job *jobs, size_t count,
                     int64_t sent_at_ms);
// Claims again, and reads, what it was kept from while the store was away. To be called now and then.
void pool_look_at_store(struct pool *pool);
// Claims for the free slots, of the lanes where jobs may wait, in turn.
void pool_claim_next(struct pool *pool);
struct pool_lane *pool_lane_of_run(const struct job_run *run);
unsigned pool_lane_running(const struct pool_lane *lane); // runs with a lease
// Tells every run to stop; of one lane, or with NULL all.
void pool_stop_runs(struct pool *pool, const struct pool_lane *lane, enum job_run_stop why);

// Looks for jobs in a lane that is not owned, a different one each time, when nothing else is to be
// done.
void pool_help(struct pool *pool);

// pool_owners.c
void pool_lane_own(struct pool_lane *lane);
// A lane that was left gives its blocking connection up as soon as no read is on it.
void pool_lane_settle(struct pool_lane *lane);
// Asks who lives, and takes and leaves lanes by that.
void pool_owners_look(struct pool *pool);

// pool_sweep.c
void pool_sweep_init(struct pool *pool);

// pool_readiness.c
void pool_readiness_init(struct pool *pool);
// Before the closing of the pool's handles is counted down.
void pool_readiness_close(struct pool *pool);
// Both connections of an owned lane are ready, and its queue is prepared.
bool pool_lane_is_connected(const struct pool_lane *lane);
// Judges, and tells the owner of a change.
void pool_tell_readiness(struct pool *pool);

// pool_lease.c
void pool_lease_init(struct pool *pool);
// Renews the leases of a lane now, and says that this worker lives; not where it need not be known.
void pool_renew_lane(struct pool_lane *lane);
// Renews all leases now, whatever the time.
void pool_renew_leases(struct pool *pool);
// From now on the run is stopped as soon as it is not sure of its lease.
void pool_watch_lease(struct pool *pool, const struct job_run *run);
// Logs and counts that a run's attempt is given up because it is not.
void pool_note_unsure(struct pool *pool, const struct job_run *run);

// pool_intake.c
void pool_intake_init(struct pool_lane *lane);
// Starts the next read if there is to be one: blocking while a slot is free, now and then while
// none is. To be called whenever a slot may have become free.
void pool_intake_next(struct pool_lane *lane);
// Ends a blocking read early, because no slot is free any more or the pool drains.
void pool_intake_wake(struct pool_lane *lane);
// Looks for entries that a dead consumer left, when it is time for that.
void pool_intake_take_over(struct pool_lane *lane);

// pool_leave.c
// Takes this worker off the list, of each partition whose connection is ready; pool_check_drained follows.
void pool_leave(struct pool *pool);

// pool_control.c
void pool_control_init(struct pool *pool);
// Listens for word from operators if that is not under way: from the first connection on, until the
// pool has drained.
void pool_control_listen(struct pool *pool);
// False as long as a read is under way; then it is woken, and pool_check_drained follows.
bool pool_control_end(struct pool *pool);
