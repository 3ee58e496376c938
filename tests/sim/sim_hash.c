// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "base/text.h"
#include "sim_data.h"

#include <string.h>

static redisReply *reply_of_field(const struct sim_object *hash, const struct redis_arg *field)
{
    const struct sim_map_entry *entry =
        hash == NULL ? NULL : sim_map_find(&hash->map, field->bytes, field->len);
    if (entry == NULL) {
        return sim_reply_nil();
    }
    const struct sim_text *text = entry->value;
    return sim_reply_text(text->bytes, text->len);
}

static bool put_field(struct sim_object *hash, const struct redis_arg *field,
                      const struct redis_arg *value)
{
    struct sim_map_entry *entry = sim_map_put(&hash->map, field->bytes, field->len);
    bool is_new = entry->value == NULL;
    sim_text_free(entry->value);
    entry->value = sim_text_create(value->bytes, value->len);
    return is_new;
}

static redisReply *run_hget(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *hash = sim_object_find(call, 1, SIM_HASH, &error);
    return error != NULL ? error : reply_of_field(hash, &call->args[2]);
}

static redisReply *run_hmget(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *hash = sim_object_find(call, 1, SIM_HASH, &error);
    if (error != NULL) {
        return error;
    }
    redisReply *reply = sim_reply_list(call->count - 2);
    for (size_t i = 2; i < call->count; i++) {
        reply->element[i - 2] = reply_of_field(hash, &call->args[i]);
    }
    return reply;
}

static redisReply *run_hset(struct sim_call *call)
{
    if (call->count % 2 != 0) {
        return sim_reply_error("ERR wrong number of arguments for 'hset' command");
    }
    redisReply *error = NULL;
    struct sim_object *hash = sim_object_make(call, 1, SIM_HASH, &error);
    if (error != NULL) {
        return error;
    }
    int64_t added = 0;
    for (size_t i = 2; i < call->count; i += 2) {
        added += put_field(hash, &call->args[i], &call->args[i + 1]);
    }
    return sim_reply_number(added);
}

static redisReply *run_hsetnx(struct sim_call *call)
{
    redisReply *error = NULL;
    struct sim_object *hash = sim_object_make(call, 1, SIM_HASH, &error);
    if (error != NULL) {
        return error;
    }
    bool is_new = sim_map_find(&hash->map, call->args[2].bytes, call->args[2].len) == NULL;
    if (is_new) {
        (void)put_field(hash, &call->args[2], &call->args[3]);
    }
    return sim_reply_number(is_new);
}

static redisReply *run_hdel(struct sim_call *call)
{
    redisReply *error = NULL;
    struct sim_object *hash = sim_object_find(call, 1, SIM_HASH, &error);
    if (error != NULL || hash == NULL) {
        return error != NULL ? error : sim_reply_number(0);
    }
    size_t before = hash->map.live;
    for (size_t i = 2; i < call->count; i++) {
        sim_map_remove(&hash->map, call->args[i].bytes, call->args[i].len);
    }
    redisReply *reply = sim_reply_number((int64_t)(before - hash->map.live));
    sim_object_drop_empty(call, 1);
    return reply;
}

static redisReply *run_hexists(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *hash = sim_object_find(call, 1, SIM_HASH, &error);
    if (error != NULL) {
        return error;
    }
    const struct redis_arg *field = &call->args[2];
    return sim_reply_number(hash != NULL &&
                            sim_map_find(&hash->map, field->bytes, field->len) != NULL);
}

static redisReply *run_hlen(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *hash = sim_object_find(call, 1, SIM_HASH, &error);
    return error != NULL ? error : sim_reply_number(hash == NULL ? 0 : (int64_t)hash->map.live);
}

static void push_pair(redisReply *list, const struct sim_map_entry *entry)
{
    const struct sim_text *text = entry->value;
    sim_reply_push(list, sim_reply_text(entry->key, entry->len));
    sim_reply_push(list, sim_reply_text(text->bytes, text->len));
}

static redisReply *run_hgetall(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *hash = sim_object_find(call, 1, SIM_HASH, &error);
    if (error != NULL) {
        return error;
    }
    redisReply *reply = sim_reply_list(0);
    for (size_t i = 0; hash != NULL && i < hash->map.used; i++) {
        if (hash->map.entries[i].key != NULL) {
            push_pair(reply, &hash->map.entries[i]);
        }
    }
    return reply;
}

static redisReply *run_hincrby(struct sim_call *call)
{
    redisReply *error = NULL;
    int64_t by;
    int64_t number = 0;
    struct sim_object *hash = sim_object_find(call, 1, SIM_HASH, &error);
    if (error != NULL) {
        return error;
    }
    const struct redis_arg *field = &call->args[2];
    const struct sim_map_entry *entry =
        hash == NULL ? NULL : sim_map_find(&hash->map, field->bytes, field->len);
    if (!sim_arg_number(&call->args[3], &by)) {
        return sim_error_number();
    }
    if (entry != NULL) {
        const struct sim_text *text = entry->value;
        if (!text_to_int64(text->bytes, text->len, &number)) {
            return sim_reply_error("ERR hash value is not an integer");
        }
    }
    hash = sim_object_make(call, 1, SIM_HASH, &error);
    char *sum = mem_format("%lld", (long long)(number + by));
    (void)put_field(hash, field, &REDIS_ARG(sum));
    mem_free(&sum);
    return sim_reply_number(number + by);
}

// A hash comes whole, as a small one does in Redis (`hash-max-listpack-entries`).
static redisReply *run_hscan(struct sim_call *call)
{
    redisReply *pairs = run_hgetall(call);
    if (pairs->type == WIRE_ERROR) {
        return pairs;
    }
    redisReply *reply = sim_reply_list(2);
    reply->element[0] = sim_reply_text("0", 1);
    reply->element[1] = pairs;
    return reply;
}

const struct sim_command sim_hash_commands[] = {
    {"HGET", run_hget, 3, 0},
    {"HMGET", run_hmget, -3, 0},
    {"HSET", run_hset, -4, SIM_WRITES | SIM_TAKES_MEMORY},
    {"HSETNX", run_hsetnx, 4, SIM_WRITES | SIM_TAKES_MEMORY},
    {"HDEL", run_hdel, -3, SIM_WRITES},
    {"HEXISTS", run_hexists, 3, 0},
    {"HLEN", run_hlen, 2, 0},
    {"HGETALL", run_hgetall, 2, 0},
    {"HINCRBY", run_hincrby, 4, SIM_WRITES | SIM_TAKES_MEMORY},
    {"HSCAN", run_hscan, -3, 0},
    {NULL, NULL, 0, 0},
};
