// SPDX-License-Identifier: MIT
//
// The invariants of the queue, looked at after each step of the Redis server against its data and
// against what was seen before. Written from docs/redis.md; nothing of the daemon's code is used.
//
//   one-place          a job is in exactly one of ready, running, delayed, held, dead, and they hold
//                      nothing else
//   one-owner          an owner exactly while it runs; it changes only after an ending, or when the
//                      lease had run out; nobody else asks for its pack, stages or publishes
//   one-holder         a pack is CREATING exactly when one unfinished job stands behind it
//   counted            `unfinished` says of each account how many unfinished jobs it has
//   fence-rises        each claim has a higher fence than all before; no report takes a lower one
//   no-stale-write     only the owner ends an attempt; a job ends once; a finished report stays
//   not-lost           a job vanishes only with an end, a request only with an answer
//   answered-once      an answer is written once and never changes; each belongs to a request
//   capped             an account has as many unfinished jobs as its cap when it is refused for them,
//                      and no more when one is accepted
//   answered-right     the answer is one that the state of things allows
//   one-token-outcome  a token stands for one report as long as it is kept
//   files-match        the files of the last complete report are there, whole, of that attempt
//   left-empty         a worker that is off the list of workers holds neither a job nor an entry, and one
//                      that has ended is off it, unless something failed
//   no-orphans         a key has an owner or a time to live
//   settled            with the faults over, all of it comes to its end
//
// A violation ends the process (sim_fail). Thread: one.
#pragma once

#include "base/check.h"
#include "sim_world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Between sim_server_open and sim_server_close. `account_cap`: 0: none.
void sim_check_open(unsigned partitions, uint64_t account_cap);
void sim_check_close(void);

// The server has run a command or a script; `what` is its name.
void sim_check_step(const char *what);
// A worker begins something outside Redis.
struct sim_effect {
    const char *what;
    const char *account;
    const char *pack;
    uint64_t fence; // 0: not known
};
void sim_check_effect(const struct sim_actor *actor, const struct sim_effect *effect);
// A daemon has ended in order, and nothing of it is under way any more. `is_calm`: no fault kept it.
void sim_check_left(const char *worker_id, bool is_calm);
// Requests are answered and jobs have ended, but for the dead.
bool sim_check_is_settled(void);
// Then nothing else must be left.
void sim_check_end(void);

// Over all worlds.
struct sim_check_sum {
    uint64_t checks;
    uint64_t effects; // of workers, outside Redis
    uint64_t requests;
    uint64_t jobs;
    uint64_t complete;
    uint64_t failed;
    uint64_t cancelled;
    uint64_t dead;
    uint64_t retries;
    uint64_t recovered;
    uint64_t replayed;
    uint64_t refused;
    uint64_t throttled; // of those
    uint64_t left;      // workers off the list with their end, in each partition
};
const struct sim_check_sum *sim_check_sum(void);

// Says what is wrong, the seed, the step and the last notes, and ends with status 1.
_Noreturn void sim_fail(const char *invariant, const char *format, ...) PRINTF_LIKE(2, 3);
