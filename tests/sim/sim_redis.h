// SPDX-License-Identifier: MIT
//
// A Redis in memory, for as much of it as the queue uses: the commands of src/queue and of its
// scripts, and the scripts themselves, run by Lua 5.1 as Redis 7.0 runs them. test_sim_redis.c
// compares it with a real server, command by command.
//
// What is not as there: replies of XINFO GROUPS have no `entries-read` and no `lag`; XADD and XTRIM
// with `~` drop a hundred entries at once, or none (the default `stream-node-max-entries`); SCAN,
// HSCAN and ZSCAN give everything at once; nothing is evicted; there are no users, databases and replicas.
//
// Time stands still but for sim_redis_set_time: TIME, times to live, idle times and the ids of new
// entries go by it. Thread: one.
#pragma once

#include "redis/connection.h"
#include "reply_wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_redis;

struct sim_redis *sim_redis_create(void);
void sim_redis_destroy(struct sim_redis **redis);

// The server's clock; it may go back. It begins in 2027.
void sim_redis_set_time(struct sim_redis *redis, int64_t now_us);
int64_t sim_redis_time_ms(const struct sim_redis *redis);

// Runs a command to its end; sim_reply_free. One that would wait for entries gets a nil reply, as if
// its time were over: waiting is for whoever calls.
redisReply *sim_redis_call(struct sim_redis *redis, const struct redis_arg *args, size_t count);
// Whether a stream has got an entry since this was asked last: those who wait shall look again.
bool sim_redis_has_news(struct sim_redis *redis);

// What a restart forgets.
void sim_redis_forget_scripts(struct sim_redis *redis);
// As with maxmemory reached: what may take memory is refused with -OOM.
void sim_redis_set_full(struct sim_redis *redis, bool is_full);

// A text of a script that is to be another, for scripts that shall be broken on purpose. Fails the
// process when it is not there exactly once. Borrowed.
struct sim_redis_mutant {
    const char *name;
    const char *body; // of the script
    const char *find;
    const char *replace;
};
void sim_redis_set_mutant(struct sim_redis *redis, const struct sim_redis_mutant *mutant);

// Hears of each command that has written, also of those in scripts, when it is done; not of one that
// would have taken something out and found nothing.
typedef void (*sim_redis_write_cb)(void *owner, const struct redis_arg *args, size_t count);
void sim_redis_on_write(struct sim_redis *redis, sim_redis_write_cb on_write, void *owner);
