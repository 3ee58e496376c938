// SPDX-License-Identifier: MIT
//
// The Redis server of the simulation: the data of sim_redis.h, those who wait in a blocking read, and
// the server's own troubles. One per world. Thread: one.
#pragma once

#include "sim_redis.h"
#include "sim_world.h"

#include "redis/connection.h"

// One command at the server. Embedded in whoever sent it.
struct sim_request {
    const struct redis_arg *args; // the sender's, until the reply
    size_t count;
    int64_t client_id; // of the connection it came by; 0: nobody can unblock it
    // The reply is the sender's. May come before sim_server_run returns.
    void (*on_reply)(struct sim_request *request, redisReply *take_reply);
    struct sim_event timeout;
    struct sim_request *next; // of those that wait
    bool is_waiting;
};

void sim_server_open(const struct sim_redis_mutant *mutant);
void sim_server_close(void);

struct sim_redis *sim_server_redis(void);
struct sim_actor *sim_server_actor(void);

void sim_server_run(struct sim_request *request);
// Whoever waits is gone.
void sim_server_forget(struct sim_request *request);

bool sim_server_is_up(void);
// Down: nobody waits any more, connections break (sim_connection.h). Up again, it has forgotten its
// scripts.
void sim_server_go_down(void);
void sim_server_go_up(void);
void sim_server_jump_clock(int64_t by_ms);
int64_t sim_server_jumped_ahead_at_us(void); // the last time; INT64_MIN / 2: never

// "finish", "XREADGROUP", …; whether the call is about more than passing time.
const char *sim_server_command_name(const struct redis_arg *args, size_t count, bool *matters_out);
