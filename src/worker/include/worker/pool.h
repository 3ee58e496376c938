// SPDX-License-Identifier: MIT
//
// The pool: reads requests, admits them, and runs the jobs that it claims, several at once; renews
// their leases with one call for all of a partition; sweeps; drains. One pool per daemon.
//
// Connections: what is sent behind a blocking read waits for its end, so a partition's `command`
// carries every script, its `blocking` nothing but the intake's reads. They block only while a slot
// is free: a busy worker looks at the intake now and then, so that admission stays prompt under a
// backlog and wake-ups reach the idle. Partitions may share a command connection; a blocking one
// serves a single partition. `control` waits for word from operators, which comes by partition 0;
// readiness and health do not look at it: without it a cancel comes later, with a renewal, and a
// drain by word only when it is there again.
//
// While the store is away the pool claims nothing, as if no slot were free, but for one job at a time
// that tries it; while an upstream is away, jobs that need it are put off (job_run_services.c).
//
// The slots are the pool's: partitions where jobs wait get them in turn. Of several partitions a pool
// reads and sweeps those that it owns (pool_owners.c); in the others it looks now and then for jobs
// while it has nothing to do. That saves connections and spreads load; leases and fences, not
// ownership, keep a job from running twice. The pool logs: one line per admission (info), per end of
// a job, per trouble with Redis. Thread: the loop's.
#pragma once

#include "base/histogram.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/tasks.h"
#include "domain/account.h"
#include "domain/bad_lines.h"
#include "domain/report.h"
#include "queue/queue.h"
#include "redis/connection.h"
#include "source/pack_source.h"
#include "store/store.h"
#include "worker/rulebook.h"

#include <stdbool.h>
#include <stdint.h>

enum { POOL_JOBS_MAX = 1024 };

struct pool;

struct pool_config {
    unsigned max_jobs;      // 1 to POOL_JOBS_MAX
    unsigned partitions;    // 1 to QUEUE_PARTITIONS_MAX
    unsigned max_attempts;  // that may fail by a passing fault
    unsigned max_throttled; // that an upstream service may turn away
    unsigned eval_threads;  // of one evaluation of a large inventory
    int64_t lease_ms;
    int64_t block_ms; // of the blocking read
    int64_t sweep_interval_ms;
    int64_t drain_timeout_ms;
    int64_t retry_base_ms;
    int64_t retry_cap_ms;
    unsigned breaker_threshold; // failures in a row until an upstream is away; 0: no breaker at all
    int64_t breaker_base_ms;    // above 0 with a threshold
    int64_t breaker_cap_ms;
    int64_t outage_patience_ms;   // after acceptance; then a job's waits count as attempts
    int64_t take_over_idle_ms;    // intake entries read and not admitted for so long are taken over
    const char *inventory_folder; // <folder>/<account's inventory, or AccountId + ".ndjson">
    struct bad_lines_limit max_bad_lines; // of an inventory; past it the job fails
    enum findings_listed listed;
    enum report_files files; // NONE with a store that keeps nothing
    unsigned keep_count;     // reports kept per pack, 0 no limit
    int64_t keep_ms;         // age of reports kept, 0 no limit
    const char *drill_step;  // "" none; see docs/operations.md
    int64_t drill_stall_ms;
};

// What serves one partition.
struct pool_partition {
    struct queue *queue; // its connection is `command`
    struct redis_connection *command;
};

// Who makes the blocking connections: the pool wants one for each partition that it owns. The owner
// of the connections tells of them by pool_blocking_is_up and pool_connection_is_down.
struct pool_links {
    void *owner;
    struct redis_connection *(*open_blocking)(void *owner, unsigned partition);
    // The one that was opened last for this partition; reads on it are cancelled.
    void (*close_blocking)(void *owner, unsigned partition);
};

// Everything is borrowed and outlives the pool.
struct pool_parts {
    uv_loop_t *loop;
    struct log *log;
    const struct pool_partition *partitions; // config.partitions of them, copied
    struct pool_links links;
    struct redis_connection *control; // leads to partition 0
    struct tasks *tasks;
    struct pack_source *source;
    struct store *store;
};

struct pool_events {
    void *owner;
    // Readiness changed. `fault` NULL: ready, that is, requests are consumed and their reports
    // could be written and recorded. Otherwise what is in the way; it comes within 5 s of it, and
    // 5 s after the beginning when it was never ready.
    void (*on_ready)(void *owner, const char *fault);
    // An operator told this worker to drain, `hand_back`: at once. The owner calls pool_drain.
    void (*on_drain_word)(void *owner, bool hand_back);
    // Drained: no job is held any more; the pool may be closed.
    void (*on_drained)(void *owner);
    // pool_close is through; the pool's memory is gone.
    void (*on_closed)(void *owner);
    // The queue cannot be used as configured (wrong number of partitions); the daemon should end.
    void (*on_unusable)(void *owner, const struct err *err);
};

// What is timed: from acceptance to the claim, each step that succeeds, and from acceptance to a
// complete report.
enum pool_stage {
    POOL_STAGE_WAIT,
    POOL_STAGE_FETCH,
    POOL_STAGE_BIND,
    POOL_STAGE_EVALUATE,
    POOL_STAGE_RENDER,
    POOL_STAGE_STORE,
    POOL_STAGE_TOTAL,
    POOL_STAGE_COUNT
};

struct pool_counters {
    uint64_t answers[ANSWER_CODE_COUNT]; // to requests of the queue, by code; replayed ones, too
    struct histogram stages[POOL_STAGE_COUNT];
    uint64_t admitted;
    uint64_t refused;
    uint64_t completed;
    uint64_t failed;
    uint64_t retried;
    uint64_t leases_lost;
    uint64_t cancelled;
    // Of the reports that became complete here:
    uint64_t resources;             // judged
    struct outcome_counts findings; // by outcome
};

// The config is copied (not its texts). `accounts` and `rulebook` are what new jobs use until they
// are replaced.
struct pool *pool_create(const struct pool_config *config, const struct pool_parts *parts,
                         const struct pool_events *events);
// Reloads: jobs that run go on with what they began with. `accounts` is borrowed until replaced; a
// reference to the rulebook is taken.
void pool_set_accounts(struct pool *pool, const struct account_set *accounts);
void pool_set_rulebook(struct pool *pool, struct rulebook *rulebook);

// What the owner of the connections tells of them, whichever partition they are for.
void pool_command_is_up(struct pool *pool);
void pool_blocking_is_up(struct pool *pool);
void pool_control_is_up(struct pool *pool);
void pool_connection_is_down(struct pool *pool, const struct err *err);

// How an admission went that others made in the partition: `err` NULL: well. While the last ones
// failed, the pool is not ready, and looks by itself whether they would go well again.
void pool_note_admission(struct pool *pool, unsigned partition, const struct err *err);

// No new requests or claims; running jobs go on. After drain_timeout, or a second call, they are
// handed back.
void pool_drain(struct pool *pool);
// Only after on_drained. Ends with on_closed of the events.
void pool_close(struct pool *pool);

// What on_ready said last, unless a connection went just now.
bool pool_is_ready(const struct pool *pool);
// Draining, or drained.
bool pool_is_draining(const struct pool *pool);
// What jobs need and is away, or not known to be back yet (services.h).
struct pool_outages {
    unsigned upstreams;
    unsigned stores; // 0 or 1
};
struct pool_outages pool_outages(const struct pool *pool);
// Consumed lately: the command and the blocking connection of a partition had a reply within
// `within_ms`. Of several partitions one is enough; readiness tells of the one that stands still.
// Unlike readiness it asks nothing of the store and of Redis' memory.
bool pool_is_healthy(const struct pool *pool, int64_t within_ms);
// For the watchdog: healthy, or it is not the pool that keeps it from that: it drains, or within
// `within_ms` a connection was refused or lost, or Redis refused what would make it consume. A restart
// mends none of these, and the crash of a worker counts against the jobs that it held.
bool pool_is_alive(const struct pool *pool, int64_t within_ms);
unsigned pool_running(const struct pool *pool);
const struct pool_counters *pool_counters(const struct pool *pool);
