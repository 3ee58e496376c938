// SPDX-License-Identifier: MIT
//
// EVAL and EVALSHA, with the calls, conversions and flags of Redis 7.0 (script_lua.c, eval.c). Of
// the Lua libraries there are those that Redis loads, without its own (cjson, struct, cmsgpack, bit).
#include "base/digest.h"
#include "base/mem.h"
#include "sim_data.h"

#include <lauxlib.h>
#include <lualib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct script {
    int function;   // in the registry
    bool has_flags; // else it is refused on a full Redis only when it comes to writing
    bool allows_oom;
    bool writes;
};

static const char REDIS_FIELD[] = "packreport.redis";

static void free_script(void *value)
{
    mem_free(&value);
}

// ---- replies and Lua

static void push_reply(lua_State *lua, const redisReply *reply)
{
    switch (reply->type) {
    case WIRE_INTEGER:
        lua_pushnumber(lua, (lua_Number)reply->integer);
        return;
    case WIRE_STRING:
        lua_pushlstring(lua, reply->str, (size_t)reply->len);
        return;
    case WIRE_STATUS:
    case WIRE_ERROR:
        lua_newtable(lua);
        lua_pushlstring(lua, reply->str, (size_t)reply->len);
        lua_setfield(lua, -2, reply->type == WIRE_STATUS ? "ok" : "err");
        return;
    case WIRE_ARRAY:
        lua_createtable(lua, (int)reply->elements, 0);
        for (size_t i = 0; i < reply->elements; i++) {
            push_reply(lua, reply->element[i]);
            lua_rawseti(lua, -2, (int)i + 1);
        }
        return;
    default:
        lua_pushboolean(lua, 0);
    }
}

static redisReply *read_value(lua_State *lua);

static redisReply *read_table(lua_State *lua)
{
    const char *const fields[] = {"err", "ok"};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        lua_getfield(lua, -1, fields[i]);
        if (lua_isstring(lua, -1)) {
            const char *text = lua_tostring(lua, -1);
            redisReply *reply = i == 0 ? sim_reply_error("%s", text) : sim_reply_status(text);
            lua_pop(lua, 1);
            return reply;
        }
        lua_pop(lua, 1);
    }
    redisReply *reply = sim_reply_list(0);
    for (int i = 1;; i++) {
        lua_rawgeti(lua, -1, i);
        if (lua_isnil(lua, -1)) {
            lua_pop(lua, 1);
            return reply;
        }
        sim_reply_push(reply, read_value(lua));
        lua_pop(lua, 1);
    }
}

// The value on top of the stack, which stays there.
static redisReply *read_value(lua_State *lua)
{
    size_t len;
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING: {
        const char *bytes = lua_tolstring(lua, -1, &len);
        return sim_reply_text(bytes, len);
    }
    case LUA_TNUMBER:
        return sim_reply_number((int64_t)lua_tonumber(lua, -1));
    case LUA_TBOOLEAN:
        return lua_toboolean(lua, -1) != 0 ? sim_reply_number(1) : sim_reply_nil();
    case LUA_TTABLE:
        return read_table(lua);
    default:
        return sim_reply_nil();
    }
}

// ---- redis.call and redis.pcall

enum { ARGS_MAX = 8000, NUMBER_BYTES = 32 };

static struct sim_redis *redis_of(lua_State *lua)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, REDIS_FIELD);
    struct sim_redis *redis = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    return redis;
}

static size_t write_number(char out[NUMBER_BYTES], double number)
{
    bool is_whole = fabs(number) < 1e15 && number == floor(number);
    int len = is_whole ? snprintf(out, NUMBER_BYTES, "%lld", (long long)number)
                       : snprintf(out, NUMBER_BYTES, "%.17g", number);
    return (size_t)len;
}

// Arguments with their bytes in the Lua stack; numbers, which Redis writes with %.17g, in `numbers`.
static bool read_args(lua_State *lua, int count, struct redis_arg *args,
                      char (*numbers)[NUMBER_BYTES])
{
    for (int i = 0; i < count; i++) {
        if (lua_type(lua, i + 1) == LUA_TNUMBER) {
            args[i].bytes = numbers[i];
            args[i].len = write_number(numbers[i], (double)lua_tonumber(lua, i + 1));
        } else if (lua_type(lua, i + 1) == LUA_TSTRING) {
            args[i].bytes = lua_tolstring(lua, i + 1, &args[i].len);
        } else {
            return false;
        }
    }
    return true;
}

static redisReply *call_from_lua(lua_State *lua)
{
    int count = lua_gettop(lua);
    if (count == 0 || count > ARGS_MAX) {
        return sim_reply_error("ERR Please specify at least one argument for this redis.call()");
    }
    struct redis_arg *args = mem_alloc((size_t)count, sizeof(*args));
    char(*numbers)[NUMBER_BYTES] = mem_alloc((size_t)count, NUMBER_BYTES);
    redisReply *reply =
        read_args(lua, count, args, numbers)
            ? sim_redis_call(redis_of(lua), args, (size_t)count)
            : sim_reply_error("ERR Lua redis lib command arguments must be strings or integers");
    mem_free(&numbers);
    mem_free(&args);
    return reply;
}

static int redis_pcall(lua_State *lua)
{
    redisReply *reply = call_from_lua(lua);
    push_reply(lua, reply);
    sim_reply_free(reply);
    return 1;
}

static int redis_call(lua_State *lua)
{
    redisReply *reply = call_from_lua(lua);
    bool is_error = reply->type == WIRE_ERROR;
    push_reply(lua, reply);
    sim_reply_free(reply);
    return is_error ? lua_error(lua) : 1;
}

// ---- scripts

static bool has_flag(const char *body, const char *flag)
{
    size_t head = strcspn(body, "\n");
    const char *found = memmem(body, head, flag, strlen(flag));
    return found != NULL;
}

static char *mutated(const struct sim_redis_mutant *mutant, const char *body)
{
    if (mutant == NULL || strcmp(body, mutant->body) != 0) {
        return mem_text(body);
    }
    const char *at = strstr(body, mutant->find);
    if (at == NULL || strstr(at + 1, mutant->find) != NULL) {
        (void)fprintf(stderr, "sim: the text of the mutant \"%s\" is not there exactly once\n",
                      mutant->name);
        abort();
    }
    return mem_format("%.*s%s%s", (int)(at - body), body, mutant->replace,
                      at + strlen(mutant->find));
}

// Compiles a body, without its first line (the `#!lua`), and keeps it.
static redisReply *load(struct sim_redis *redis, const struct redis_arg *body,
                        struct script **script_out)
{
    char sha1[DIGEST_SHA1_HEX_BYTES];
    digest_sha1_hex(body->bytes, body->len, sha1);
    char *whole = mem_text_n(body->bytes, body->len);
    char *text = mutated(redis->mutant, whole);
    mem_free(&whole);
    size_t head = strncmp(text, "#!", 2) == 0 ? strcspn(text, "\n") : 0;
    if (luaL_loadbuffer(redis->lua, text + head, strlen(text + head), "@user_script") != 0) {
        redisReply *error =
            sim_reply_error("ERR Error compiling script: %s", lua_tostring(redis->lua, -1));
        lua_pop(redis->lua, 1);
        mem_free(&text);
        return error;
    }
    struct script *script = mem_alloc(1, sizeof(*script));
    script->function = luaL_ref(redis->lua, LUA_REGISTRYINDEX);
    script->writes = !has_flag(text, "no-writes");
    script->has_flags = head > 0;
    script->allows_oom = has_flag(text, "allow-oom");
    sim_map_put(&redis->scripts, sha1, strlen(sha1))->value = script;
    mem_free(&text);
    *script_out = script;
    return NULL;
}

static void set_list(lua_State *lua, const char *name, const struct redis_arg *args, size_t count)
{
    lua_createtable(lua, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushlstring(lua, args[i].bytes, args[i].len);
        lua_rawseti(lua, -2, (int)i + 1);
    }
    lua_setglobal(lua, name);
}

static redisReply *read_failure(lua_State *lua)
{
    if (lua_istable(lua, -1)) {
        lua_getfield(lua, -1, "err");
        redisReply *reply = sim_reply_error("%s script", lua_tostring(lua, -1));
        lua_pop(lua, 1);
        return reply;
    }
    return sim_reply_error("ERR %s", lua_tostring(lua, -1));
}

static redisReply *run_script(struct sim_redis *redis, const struct script *script,
                              const struct sim_call *call, size_t key_count)
{
    if (redis->is_full && script->has_flags && script->writes && !script->allows_oom) {
        return sim_reply_error("OOM allow-oom flag is not set on the script, can not run it when "
                               "used memory > 'maxmemory'");
    }
    lua_State *lua = redis->lua;
    set_list(lua, "KEYS", &call->args[3], key_count);
    set_list(lua, "ARGV", &call->args[3 + key_count], call->count - 3 - key_count);
    redis->is_in_script = true;
    redis->writes_allowed = script->writes;
    redis->memory_allowed = script->allows_oom;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->function);
    bool failed = lua_pcall(lua, 0, 1, 0) != 0;
    redis->is_in_script = false;
    redisReply *reply = failed ? read_failure(lua) : read_value(lua);
    lua_pop(lua, 1);
    return reply;
}

static redisReply *run_eval_any(struct sim_call *call, bool by_sha)
{
    struct sim_redis *redis = call->redis;
    int64_t key_count;
    if (redis->is_in_script) {
        return sim_reply_error("ERR This Redis command is not allowed from script");
    }
    if (!sim_arg_number(&call->args[2], &key_count) || key_count < 0 ||
        (size_t)key_count > call->count - 3) {
        return sim_error_number();
    }
    char sha1[DIGEST_SHA1_HEX_BYTES] = "";
    const struct redis_arg *text = &call->args[1];
    if (by_sha && text->len < sizeof(sha1)) {
        memcpy(sha1, text->bytes, text->len);
    } else if (!by_sha) {
        digest_sha1_hex(text->bytes, text->len, sha1);
    }
    const struct sim_map_entry *known = sim_map_find(&redis->scripts, sha1, strlen(sha1));
    struct script *script = known == NULL ? NULL : known->value;
    if (script == NULL && by_sha) {
        return sim_reply_error("NOSCRIPT No matching script. Please use EVAL.");
    }
    redisReply *error = script == NULL ? load(redis, text, &script) : NULL;
    return error != NULL ? error : run_script(redis, script, call, (size_t)key_count);
}

static redisReply *run_eval(struct sim_call *call)
{
    return run_eval_any(call, false);
}

static redisReply *run_evalsha(struct sim_call *call)
{
    return run_eval_any(call, true);
}

void sim_redis_forget_scripts(struct sim_redis *redis)
{
    for (size_t i = 0; i < redis->scripts.used; i++) {
        const struct sim_map_entry *entry = &redis->scripts.entries[i];
        if (entry->key != NULL) {
            const struct script *script = entry->value;
            luaL_unref(redis->lua, LUA_REGISTRYINDEX, script->function);
        }
    }
    sim_map_deinit(&redis->scripts);
}

// ---- memory of Lua: scripts make and drop thousands of small objects, which come from lists here

enum { GRAIN = 16, GRAINS_MAX = 32, SLAB_BYTES = 64 * 1024 };

struct sim_lua_memory {
    void *free[GRAINS_MAX + 1]; // by size in grains; each block holds the address of the next
    void **slabs;
    size_t slab_count;
    size_t slab_capacity;
    size_t used; // of the last slab
};

static size_t grains_of(size_t size)
{
    return (size + GRAIN - 1) / GRAIN;
}

static void *take_block(struct sim_lua_memory *memory, size_t grains)
{
    void *block = memory->free[grains];
    if (block != NULL) {
        memcpy(&memory->free[grains], block, sizeof(void *));
        return block;
    }
    if (memory->slab_count == 0 || memory->used + grains * GRAIN > SLAB_BYTES) {
        memory->slabs =
            mem_grow(memory->slabs, &memory->slab_capacity, memory->slab_count + 1, sizeof(void *));
        memory->slabs[memory->slab_count++] = mem_alloc(1, SLAB_BYTES);
        memory->used = 0;
    }
    block = (char *)memory->slabs[memory->slab_count - 1] + memory->used;
    memory->used += grains * GRAIN;
    return block;
}

static void give_block(struct sim_lua_memory *memory, void *block, size_t size)
{
    if (size > GRAINS_MAX * GRAIN) {
        free(block);
    } else if (block != NULL && size > 0) {
        memcpy(block, &memory->free[grains_of(size)], sizeof(void *));
        memory->free[grains_of(size)] = block;
    }
}

// A lua_Alloc (Lua 5.1 reference manual, 3.7).
static void *resize_block(void *owner, void *block, size_t size, size_t wanted)
{
    struct sim_lua_memory *memory = owner;
    if (wanted == 0) {
        give_block(memory, block, size);
        return NULL;
    }
    bool was_large = size > GRAINS_MAX * GRAIN;
    bool is_large = wanted > GRAINS_MAX * GRAIN;
    if (block != NULL && was_large && is_large) {
        return realloc(block, wanted);
    }
    if (block != NULL && !was_large && !is_large && grains_of(size) == grains_of(wanted)) {
        return block;
    }
    void *moved = is_large ? malloc(wanted) : take_block(memory, grains_of(wanted));
    if (block != NULL && moved != NULL) {
        memcpy(moved, block, size < wanted ? size : wanted);
        give_block(memory, block, size);
    }
    return moved;
}

static int on_panic(lua_State *lua)
{
    (void)fprintf(stderr, "sim: Lua: %s\n", lua_tostring(lua, -1));
    abort();
}

void sim_script_open(struct sim_redis *redis)
{
    static const struct luaL_Reg functions[] = {
        {"call", redis_call}, {"pcall", redis_pcall}, {NULL, NULL}};
    static const struct luaL_Reg libraries[] = {{"", luaopen_base},
                                                {"table", luaopen_table},
                                                {"string", luaopen_string},
                                                {"math", luaopen_math}};
    sim_map_init(&redis->scripts, free_script);
    redis->lua_memory = mem_alloc(1, sizeof(*redis->lua_memory));
    redis->lua = lua_newstate(resize_block, redis->lua_memory);
    ENSURE(redis->lua != NULL);
    (void)lua_atpanic(redis->lua, on_panic);
    for (size_t i = 0; i < ARRAY_LEN(libraries); i++) {
        lua_pushcfunction(redis->lua, libraries[i].func);
        lua_pushstring(redis->lua, libraries[i].name);
        lua_call(redis->lua, 1, 0);
    }
    luaL_register(redis->lua, "redis", functions);
    lua_pop(redis->lua, 1);
    lua_pushlightuserdata(redis->lua, redis);
    lua_setfield(redis->lua, LUA_REGISTRYINDEX, REDIS_FIELD);
}

void sim_script_close(struct sim_redis *redis)
{
    sim_redis_forget_scripts(redis);
    lua_close(redis->lua);
    struct sim_lua_memory *memory = redis->lua_memory;
    for (size_t i = 0; i < memory->slab_count; i++) {
        mem_free(&memory->slabs[i]);
    }
    mem_free(&memory->slabs);
    mem_free(&redis->lua_memory);
}

const struct sim_command sim_script_commands[] = {
    {"EVAL", run_eval, -3, 0},
    {"EVALSHA", run_evalsha, -3, 0},
    {NULL, NULL, 0, 0},
};
