// SPDX-License-Identifier: MIT
//
// The keys, the commands on keys and strings, and the way of each command.
#include "sim_redis.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim_data.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const int64_t BEGINNING_US = 1800000000000000; // January 2027

// ---- values

struct sim_text *sim_text_create(const char *bytes, size_t len)
{
    struct sim_text *text = mem_alloc(1, sizeof(*text) + len + 1);
    text->len = len;
    if (len > 0) {
        memcpy(text->bytes, bytes, len);
    }
    return text;
}

void sim_text_free(void *text)
{
    mem_free(&text);
}

static void free_object(void *value)
{
    struct sim_object *object = value;
    mem_free(&object->text);
    sim_map_deinit(&object->map);
    sim_stream_deinit(&object->stream);
    mem_free(&object);
}

struct sim_redis *sim_redis_create(void)
{
    struct sim_redis *redis = mem_alloc(1, sizeof(*redis));
    redis->now_us = BEGINNING_US;
    sim_map_init(&redis->keys, free_object);
    sim_script_open(redis);
    return redis;
}

void sim_redis_destroy(struct sim_redis **redis)
{
    sim_script_close(*redis);
    sim_map_deinit(&(*redis)->keys);
    mem_free(redis);
}

void sim_redis_set_time(struct sim_redis *redis, int64_t now_us)
{
    redis->now_us = now_us;
}

int64_t sim_redis_time_ms(const struct sim_redis *redis)
{
    return redis->now_us / 1000;
}

bool sim_redis_has_news(struct sim_redis *redis)
{
    bool has_news = redis->has_news;
    redis->has_news = false;
    return has_news;
}

void sim_redis_set_full(struct sim_redis *redis, bool is_full)
{
    redis->is_full = is_full;
}

void sim_redis_set_mutant(struct sim_redis *redis, const struct sim_redis_mutant *mutant)
{
    redis->mutant = mutant;
}

void sim_redis_on_write(struct sim_redis *redis, sim_redis_write_cb on_write, void *owner)
{
    redis->on_write = on_write;
    redis->on_write_owner = owner;
}

// ---- keys

struct sim_object *sim_key_live(struct sim_redis *redis, const char *key, size_t len)
{
    struct sim_map_entry *entry = sim_map_find(&redis->keys, key, len);
    if (entry == NULL) {
        return NULL;
    }
    struct sim_object *object = entry->value;
    if (object->expires_ms > 0 && object->expires_ms <= sim_redis_time_ms(redis)) {
        sim_map_remove(&redis->keys, key, len);
        return NULL;
    }
    return object;
}

struct sim_object *sim_object_find(struct sim_call *call, size_t key, enum sim_type type,
                                   redisReply **error_out)
{
    const struct redis_arg *name = &call->args[key];
    struct sim_object *object = sim_key_live(call->redis, name->bytes, name->len);
    if (object != NULL && object->type != type) {
        *error_out =
            sim_reply_error("WRONGTYPE Operation against a key holding the wrong kind of value");
        return NULL;
    }
    return object;
}

struct sim_object *sim_object_make(struct sim_call *call, size_t key, enum sim_type type,
                                   redisReply **error_out)
{
    struct sim_object *object = sim_object_find(call, key, type, error_out);
    if (object != NULL || *error_out != NULL) {
        return object;
    }
    object = mem_alloc(1, sizeof(*object));
    object->type = type;
    sim_map_init(&object->map, type == SIM_HASH ? sim_text_free : NULL);
    sim_map_init(&object->stream.groups, sim_group_free);
    sim_map_put(&call->redis->keys, call->args[key].bytes, call->args[key].len)->value = object;
    return object;
}

void sim_object_drop_empty(struct sim_call *call, size_t key)
{
    const struct redis_arg *name = &call->args[key];
    const struct sim_object *object = sim_key_live(call->redis, name->bytes, name->len);
    bool is_empty = object != NULL && object->map.live == 0;
    if (is_empty && (object->type == SIM_HASH || object->type == SIM_ZSET)) {
        sim_map_remove(&call->redis->keys, name->bytes, name->len);
    }
}

// ---- arguments

bool sim_arg_is(const struct redis_arg *arg, const char *word)
{
    // All words begin with a letter or a sign; most comparisons end here.
    bool may_be = arg->len > 0 && (arg->bytes[0] | 0x20) == (word[0] | 0x20);
    return may_be && arg->len == strlen(word) && strncasecmp(arg->bytes, word, arg->len) == 0;
}

bool sim_arg_number(const struct redis_arg *arg, int64_t *number_out)
{
    return text_to_int64(arg->bytes, arg->len, number_out);
}

bool sim_arg_double(const struct redis_arg *arg, double *number_out)
{
    char text[64];
    if (arg->len == 0 || arg->len >= sizeof(text)) {
        return false;
    }
    memcpy(text, arg->bytes, arg->len);
    text[arg->len] = '\0';
    char *end;
    *number_out = strtod(text, &end);
    return *end == '\0';
}

// A pattern of MATCH with `*` and `?`; nobody here uses more.
bool sim_text_fits(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
    if (pattern_len == 0) {
        return len == 0;
    }
    if (*pattern == '*') {
        for (size_t skip = 0; skip <= len; skip++) {
            if (sim_text_fits(pattern + 1, pattern_len - 1, text + skip, len - skip)) {
                return true;
            }
        }
        return false;
    }
    return len > 0 && (*pattern == '?' || *pattern == *text) &&
           sim_text_fits(pattern + 1, pattern_len - 1, text + 1, len - 1);
}

redisReply *sim_error_syntax(void)
{
    return sim_reply_error("ERR syntax error");
}

redisReply *sim_error_number(void)
{
    return sim_reply_error("ERR value is not an integer or out of range");
}

// ---- strings

static redisReply *run_get(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *object = sim_object_find(call, 1, SIM_STRING, &error);
    if (error != NULL) {
        return error;
    }
    return object == NULL ? sim_reply_nil()
                          : sim_reply_text(object->text->bytes, object->text->len);
}

// A key of another type is as none.
static redisReply *run_mget(struct sim_call *call)
{
    redisReply *reply = sim_reply_list(call->count - 1);
    for (size_t i = 1; i < call->count; i++) {
        const struct redis_arg *key = &call->args[i];
        const struct sim_object *object = sim_key_live(call->redis, key->bytes, key->len);
        reply->element[i - 1] = object == NULL || object->type != SIM_STRING
                                    ? sim_reply_nil()
                                    : sim_reply_text(object->text->bytes, object->text->len);
    }
    return reply;
}

static void put_text(struct sim_call *call, size_t key, const char *bytes, size_t len)
{
    redisReply *none = NULL;
    sim_map_remove(&call->redis->keys, call->args[key].bytes, call->args[key].len);
    sim_object_make(call, key, SIM_STRING, &none)->text = sim_text_create(bytes, len);
}

struct set_options {
    bool only_new;
    bool only_old;
    bool gives_old;
    int64_t lives_ms;
};

static bool read_set_options(const struct sim_call *call, struct set_options *options)
{
    for (size_t i = 3; i < call->count; i++) {
        const struct redis_arg *arg = &call->args[i];
        if (sim_arg_is(arg, "NX")) {
            options->only_new = true;
        } else if (sim_arg_is(arg, "XX")) {
            options->only_old = true;
        } else if (sim_arg_is(arg, "GET")) {
            options->gives_old = true;
        } else if (sim_arg_is(arg, "PX") && i + 1 < call->count) {
            if (!sim_arg_number(&call->args[++i], &options->lives_ms) || options->lives_ms <= 0) {
                return false;
            }
        } else {
            return false;
        }
    }
    return true;
}

static redisReply *run_set(struct sim_call *call)
{
    struct set_options options = {0};
    if (!read_set_options(call, &options)) {
        return sim_error_syntax();
    }
    const struct redis_arg *key = &call->args[1];
    bool exists = sim_key_live(call->redis, key->bytes, key->len) != NULL;
    redisReply *old = options.gives_old ? run_get(call) : NULL;
    bool is_wanted = exists ? !options.only_new : !options.only_old;
    if (old != NULL && old->type == WIRE_ERROR) {
        return old;
    }
    if (is_wanted) {
        put_text(call, 1, call->args[2].bytes, call->args[2].len);
        struct sim_object *object = sim_key_live(call->redis, key->bytes, key->len);
        object->expires_ms =
            options.lives_ms > 0 ? sim_redis_time_ms(call->redis) + options.lives_ms : 0;
    }
    if (old != NULL) {
        return old;
    }
    return is_wanted ? sim_reply_status("OK") : sim_reply_nil();
}

static redisReply *run_mset(struct sim_call *call)
{
    if (call->count % 2 == 0) {
        return sim_reply_error("ERR wrong number of arguments for 'mset' command");
    }
    for (size_t i = 1; i < call->count; i += 2) {
        put_text(call, i, call->args[i + 1].bytes, call->args[i + 1].len);
    }
    return sim_reply_status("OK");
}

static redisReply *run_incrby(struct sim_call *call)
{
    redisReply *error = NULL;
    int64_t by = 0;
    int64_t number = 0;
    const struct sim_object *object = sim_object_find(call, 1, SIM_STRING, &error);
    if (error != NULL) {
        return error;
    }
    bool is_number =
        object == NULL || text_to_int64(object->text->bytes, object->text->len, &number);
    if (!is_number || !sim_arg_number(&call->args[2], &by)) {
        return sim_error_number();
    }
    int64_t expires_ms = object == NULL ? 0 : object->expires_ms;
    char *text = mem_format("%lld", (long long)(number + by));
    put_text(call, 1, text, strlen(text));
    mem_free(&text);
    sim_key_live(call->redis, call->args[1].bytes, call->args[1].len)->expires_ms = expires_ms;
    return sim_reply_number(number + by);
}

// ---- keys, whatever they hold

static redisReply *run_exists(struct sim_call *call)
{
    int64_t found = 0;
    for (size_t i = 1; i < call->count; i++) {
        found += sim_key_live(call->redis, call->args[i].bytes, call->args[i].len) != NULL;
    }
    return sim_reply_number(found);
}

static redisReply *run_unlink(struct sim_call *call)
{
    int64_t removed = 0;
    for (size_t i = 1; i < call->count; i++) {
        const struct redis_arg *key = &call->args[i];
        removed += sim_key_live(call->redis, key->bytes, key->len) != NULL;
        sim_map_remove(&call->redis->keys, key->bytes, key->len);
    }
    return sim_reply_number(removed);
}

static redisReply *run_pexpire(struct sim_call *call)
{
    int64_t lives_ms;
    if (!sim_arg_number(&call->args[2], &lives_ms)) {
        return sim_error_number();
    }
    const struct redis_arg *key = &call->args[1];
    struct sim_object *object = sim_key_live(call->redis, key->bytes, key->len);
    if (object == NULL) {
        return sim_reply_number(0);
    }
    object->expires_ms = sim_redis_time_ms(call->redis) + lives_ms;
    (void)sim_key_live(call->redis, key->bytes, key->len); // gone at once with a time of 0
    return sim_reply_number(1);
}

static redisReply *run_pttl(struct sim_call *call)
{
    const struct sim_object *object =
        sim_key_live(call->redis, call->args[1].bytes, call->args[1].len);
    if (object == NULL) {
        return sim_reply_number(-2);
    }
    return sim_reply_number(
        object->expires_ms == 0 ? -1 : object->expires_ms - sim_redis_time_ms(call->redis));
}

static redisReply *run_persist(struct sim_call *call)
{
    struct sim_object *object = sim_key_live(call->redis, call->args[1].bytes, call->args[1].len);
    bool changes = object != NULL && object->expires_ms != 0;
    if (changes) {
        object->expires_ms = 0;
    }
    return sim_reply_number(changes);
}

static redisReply *run_type(struct sim_call *call)
{
    static const char *const names[] = {
        [SIM_STRING] = "string", [SIM_HASH] = "hash", [SIM_ZSET] = "zset", [SIM_STREAM] = "stream"};
    const struct sim_object *object =
        sim_key_live(call->redis, call->args[1].bytes, call->args[1].len);
    return sim_reply_status(object == NULL ? "none" : names[object->type]);
}

static redisReply *run_scan(struct sim_call *call)
{
    const struct redis_arg *pattern = NULL;
    for (size_t i = 2; i + 1 < call->count; i += 2) {
        pattern = sim_arg_is(&call->args[i], "MATCH") ? &call->args[i + 1] : pattern;
    }
    redisReply *found = sim_reply_list(0);
    for (size_t i = 0; i < call->redis->keys.used; i++) {
        const struct sim_map_entry *entry = &call->redis->keys.entries[i];
        if (entry->key != NULL &&
            (pattern == NULL ||
             sim_text_fits(pattern->bytes, pattern->len, entry->key, entry->len)) &&
            sim_key_live(call->redis, entry->key, entry->len) != NULL) {
            sim_reply_push(found, sim_reply_text(entry->key, entry->len));
        }
    }
    redisReply *reply = sim_reply_list(2);
    reply->element[0] = sim_reply_text("0", 1);
    reply->element[1] = found;
    return reply;
}

static redisReply *run_time(struct sim_call *call)
{
    redisReply *reply = sim_reply_list(2);
    int64_t parts[2] = {call->redis->now_us / 1000000, call->redis->now_us % 1000000};
    for (size_t i = 0; i < 2; i++) {
        char *text = mem_format("%lld", (long long)parts[i]);
        reply->element[i] = sim_reply_text(text, strlen(text));
        mem_free(&text);
    }
    return reply;
}

// ---- the way of a command

static const struct sim_command key_commands[] = {
    {"GET", run_get, 2, 0},
    {"SET", run_set, -3, SIM_WRITES | SIM_TAKES_MEMORY},
    {"MGET", run_mget, -2, 0},
    {"MSET", run_mset, -3, SIM_WRITES | SIM_TAKES_MEMORY},
    {"INCRBY", run_incrby, 3, SIM_WRITES | SIM_TAKES_MEMORY},
    {"EXISTS", run_exists, -2, 0},
    {"UNLINK", run_unlink, -2, SIM_WRITES},
    {"DEL", run_unlink, -2, SIM_WRITES},
    {"PEXPIRE", run_pexpire, 3, SIM_WRITES},
    {"PTTL", run_pttl, 2, 0},
    {"PERSIST", run_persist, 2, SIM_WRITES},
    {"TYPE", run_type, 2, 0},
    {"SCAN", run_scan, -2, 0},
    {"TIME", run_time, 1, 0},
    {NULL, NULL, 0, 0},
};

const struct sim_command *sim_command_find(const struct redis_arg *name)
{
    const struct sim_command *const tables[] = {key_commands,       sim_hash_commands,
                                                sim_zset_commands,  sim_stream_commands,
                                                sim_group_commands, sim_script_commands};
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        for (const struct sim_command *command = tables[i]; command->name != NULL; command++) {
            if (sim_arg_is(name, command->name)) {
                return command;
            }
        }
    }
    return NULL;
}

static redisReply *refusal(const struct sim_redis *redis, const struct sim_command *command,
                           size_t count)
{
    bool fits =
        command->arity < 0 ? count >= (size_t)-command->arity : count == (size_t)command->arity;
    if (!fits) {
        return sim_reply_error("ERR wrong number of arguments for '%s' command", command->name);
    }
    if (redis->is_in_script && (command->flags & SIM_WRITES) != 0 && !redis->writes_allowed) {
        return sim_reply_error("ERR Write commands are not allowed from read-only scripts.");
    }
    bool is_refused_full = redis->is_full && !(redis->is_in_script && redis->memory_allowed);
    if (is_refused_full && (command->flags & SIM_TAKES_MEMORY) != 0) {
        return sim_reply_error("OOM command not allowed when used memory > 'maxmemory'.");
    }
    return NULL;
}

// What it takes out or over is in its reply, a list, maybe behind a cursor: ZPOPMIN, XAUTOCLAIM.
static bool has_taken_nothing(const redisReply *reply)
{
    if (reply->type != WIRE_ARRAY) {
        return false;
    }
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *part = reply->element[i];
        bool is_cursor = i == 0 && reply->elements > 1 && reply->element[1]->type == WIRE_ARRAY;
        if (!is_cursor && (part->type != WIRE_ARRAY || part->elements > 0)) {
            return false;
        }
    }
    return true;
}

redisReply *sim_redis_call(struct sim_redis *redis, const struct redis_arg *args, size_t count)
{
    const struct sim_command *command = sim_command_find(&args[0]);
    if (command == NULL) {
        return sim_reply_error("ERR unknown command '%.*s'", (int)args[0].len, args[0].bytes);
    }
    redisReply *reply = refusal(redis, command, count);
    if (reply != NULL) {
        return reply;
    }
    struct sim_call call = {.redis = redis, .args = args, .count = count};
    reply = command->run(&call);
    if ((command->flags & SIM_WRITES) != 0 && reply->type != WIRE_ERROR &&
        !has_taken_nothing(reply) && redis->on_write != NULL) {
        redis->on_write(redis->on_write_owner, args, count);
    }
    return reply;
}
