// SPDX-License-Identifier: MIT
#include "sim_server.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "scripts.h"
#include "sim_check.h"
#include "sim_data.h"

#include <stdio.h>
#include <string.h>

static struct {
    struct sim_redis *redis;
    struct sim_actor actor;
    struct sim_request *waiting; // first come, first served
    int64_t clock_skew_us;
    int64_t beginning_us;
    int64_t jumped_ahead_at_us;
    bool is_up;
} server;

void sim_server_open(const struct sim_redis_mutant *mutant)
{
    REQUIRE(server.redis == NULL);
    server.redis = sim_redis_create();
    server.beginning_us = sim_redis_time_ms(server.redis) * SIM_MS_US;
    server.actor = (struct sim_actor){.name = "redis"};
    server.clock_skew_us = 0;
    server.jumped_ahead_at_us = INT64_MIN / 2;
    server.is_up = true;
    sim_redis_set_mutant(server.redis, mutant);
}

void sim_server_close(void)
{
    REQUIRE(server.waiting == NULL);
    sim_redis_destroy(&server.redis);
}

struct sim_redis *sim_server_redis(void)
{
    return server.redis;
}

struct sim_actor *sim_server_actor(void)
{
    return &server.actor;
}

bool sim_server_is_up(void)
{
    return server.is_up;
}

void sim_server_jump_clock(int64_t by_ms)
{
    server.clock_skew_us += by_ms * SIM_MS_US;
    server.jumped_ahead_at_us = by_ms > 0 ? sim_now_us() : server.jumped_ahead_at_us;
}

int64_t sim_server_jumped_ahead_at_us(void)
{
    return server.jumped_ahead_at_us;
}

static void set_time(void)
{
    sim_redis_set_time(server.redis, server.beginning_us + sim_now_us() + server.clock_skew_us);
}

// ---- waiting

void sim_server_forget(struct sim_request *request)
{
    if (!request->is_waiting) {
        return;
    }
    struct sim_request **link = &server.waiting;
    while (*link != request) {
        link = &(*link)->next;
    }
    *link = request->next;
    request->is_waiting = false;
    sim_event_drop(&request->timeout);
}

static void on_wait_over(struct sim_event *event)
{
    struct sim_request *request = container_of(event, struct sim_request, timeout);
    sim_server_forget(request);
    request->on_reply(request, sim_reply_nil());
}

static int64_t block_ms_of(const struct sim_request *request)
{
    int64_t block_ms = 0;
    for (size_t i = 1; i + 1 < request->count; i++) {
        if (sim_arg_is(&request->args[i], "BLOCK")) {
            (void)sim_arg_number(&request->args[i + 1], &block_ms);
        }
    }
    return block_ms;
}

static void wait(struct sim_request *request, int64_t block_ms)
{
    struct sim_request **end = &server.waiting;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = request;
    request->next = NULL;
    request->is_waiting = true;
    sim_event_init(&request->timeout, &server.actor, SIM_RANK_TIMER, on_wait_over);
    sim_event_set(&request->timeout, block_ms * SIM_MS_US);
}

// The first who gets something is served.
static bool serve_one(void)
{
    for (struct sim_request *request = server.waiting; request != NULL; request = request->next) {
        redisReply *reply = sim_redis_call(server.redis, request->args, request->count);
        sim_check_step("XREADGROUP");
        if (reply->type != WIRE_NIL) {
            sim_server_forget(request);
            request->on_reply(request, reply);
            return true;
        }
        sim_reply_free(reply);
    }
    return false;
}

static void serve_waiting(void)
{
    while (sim_redis_has_news(server.redis)) {
        while (serve_one()) {
        }
    }
}

// ---- commands that the data know nothing of

static redisReply *unblock(const struct sim_request *request)
{
    int64_t client_id = 0;
    (void)sim_arg_number(&request->args[2], &client_id);
    for (struct sim_request *waiting = server.waiting; waiting != NULL; waiting = waiting->next) {
        if (waiting->client_id == client_id && client_id != 0) {
            sim_server_forget(waiting);
            waiting->on_reply(waiting, sim_reply_nil());
            return sim_reply_number(1);
        }
    }
    return sim_reply_number(0);
}

void sim_server_run(struct sim_request *request)
{
    bool matters;
    const char *name = sim_server_command_name(request->args, request->count, &matters);
    set_time();
    if (sim_arg_is(&request->args[0], "CLIENT")) {
        request->on_reply(request, unblock(request));
        return;
    }
    redisReply *reply = sim_redis_call(server.redis, request->args, request->count);
    sim_check_step(name);
    int64_t block_ms = reply->type == WIRE_NIL ? block_ms_of(request) : 0;
    if (block_ms > 0) {
        sim_reply_free(reply);
        wait(request, block_ms);
        return;
    }
    request->on_reply(request, reply);
    serve_waiting();
}

void sim_server_go_down(void)
{
    server.is_up = false;
    while (server.waiting != NULL) {
        struct sim_request *request = server.waiting;
        sim_server_forget(request);
        request->on_reply(request, NULL);
    }
}

void sim_server_go_up(void)
{
    server.is_up = true;
    sim_redis_forget_scripts(server.redis);
}

// ---- names

static const struct script_name {
    const char *name;
    const char *body;
    bool matters;
} script_names[] = {{"admit", queue_script_admit, true},   {"cancel", queue_script_cancel, true},
                    {"claim", queue_script_claim, true},   {"dead", queue_script_dead, true},
                    {"finish", queue_script_finish, true}, {"letter", queue_script_letter, true},
                    {"pause", queue_script_pause, true},   {"prepare", queue_script_prepare, false},
                    {"read", queue_script_read, false},    {"renew", queue_script_renew, false},
                    {"sweep", queue_script_sweep, false},  {"tell", queue_script_tell, true}};

enum { RENEW_ARGS_ALONE = 5 }; // behind the keys, of a renewal that holds nothing

static size_t args_behind_keys(const struct redis_arg *args, size_t count)
{
    enum { HEAD = 3 };
    int64_t keys = 0;
    (void)sim_arg_number(&args[2], &keys);
    return count - HEAD - (size_t)keys;
}

const char *sim_server_command_name(const struct redis_arg *args, size_t count, bool *matters_out)
{
    static char sha1s[ARRAY_LEN(script_names)][DIGEST_SHA1_HEX_BYTES];
    static char plain[32];
    *matters_out = false;
    bool is_body = sim_arg_is(&args[0], "EVAL");
    if (!is_body && !sim_arg_is(&args[0], "EVALSHA")) {
        (void)snprintf(plain, sizeof(plain), "%.*s", (int)args[0].len, args[0].bytes);
        return plain;
    }
    for (size_t i = 0; i < ARRAY_LEN(script_names); i++) {
        const char *body = script_names[i].body;
        if (sha1s[i][0] == '\0') {
            digest_sha1_hex(body, strlen(body), sha1s[i]);
        }
        if (strcmp(args[1].bytes, is_body ? body : sha1s[i]) == 0) {
            bool is_renew = body == queue_script_renew;
            *matters_out = script_names[i].matters ||
                           (is_renew && args_behind_keys(args, count) > RENEW_ARGS_ALONE);
            return script_names[i].name;
        }
    }
    return "script";
}
