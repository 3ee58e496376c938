// SPDX-License-Identifier: MIT
//
// The inside of the simulated Redis, shared by the files of its commands: sim_redis.c (dispatch, keys
// and strings), sim_hash.c, sim_zset.c, sim_stream.c, sim_group.c and sim_script.c. Thread: one.
#pragma once

#include "sim_map.h"
#include "sim_redis.h"
#include "sim_reply.h"

#include <lua.h>

enum sim_type { SIM_STRING, SIM_HASH, SIM_ZSET, SIM_STREAM };

struct sim_text {
    size_t len;
    char bytes[]; // NUL-terminated
};
struct sim_text *sim_text_create(const char *bytes, size_t len);
void sim_text_free(void *text);

struct sim_id {
    uint64_t ms;
    uint64_t seq;
};
static inline int sim_id_compare(struct sim_id a, struct sim_id b)
{
    if (a.ms != b.ms) {
        return a.ms < b.ms ? -1 : 1;
    }
    return a.seq == b.seq ? 0 : a.seq < b.seq ? -1 : 1;
}

struct sim_entry {
    struct sim_id id;
    size_t text_count; // names and values
    struct sim_text **texts;
};

struct sim_pending {
    struct sim_id id;
    char *consumer;
    int64_t delivered_ms;
    int64_t deliveries;
};

struct sim_group {
    struct sim_id last_delivered;
    struct sim_pending *pending; // by id
    size_t pending_count;
    size_t pending_capacity;
    struct sim_map consumers;
};

struct sim_stream {
    struct sim_entry *entries; // by id
    size_t count;
    size_t capacity;
    struct sim_id last_id;
    struct sim_map groups; // struct sim_group
};

struct sim_object {
    enum sim_type type;
    int64_t expires_ms; // 0: never
    struct sim_text *text;
    struct sim_map map; // of a hash (struct sim_text) or a sorted set (scores)
    struct sim_stream stream;
};

struct sim_redis {
    struct sim_map keys; // struct sim_object
    int64_t now_us;
    bool is_full;
    bool has_news;
    bool writes_allowed; // inside of a script
    bool memory_allowed; // inside of a script: also on a full Redis
    bool is_in_script;
    lua_State *lua;
    struct sim_lua_memory *lua_memory;
    struct sim_map scripts; // sha1 -> struct sim_script
    const struct sim_redis_mutant *mutant;
    sim_redis_write_cb on_write;
    void *on_write_owner;
};

// One command being run.
struct sim_call {
    struct sim_redis *redis;
    const struct redis_arg *args;
    size_t count;
};

enum { SIM_WRITES = 1, SIM_TAKES_MEMORY = 2 };

struct sim_command {
    const char *name;
    redisReply *(*run)(struct sim_call *call);
    int arity; // with the name; negative: at least so many
    unsigned flags;
};
// By upper-case name; NULL when it is none.
const struct sim_command *sim_command_find(const struct redis_arg *name);

extern const struct sim_command sim_hash_commands[];
extern const struct sim_command sim_zset_commands[];
extern const struct sim_command sim_stream_commands[];
extern const struct sim_command sim_group_commands[];
extern const struct sim_command sim_script_commands[];

// ---- keys

// The object of a key that has not expired; NULL when there is none. With another type *error_out is
// set (and the object is NULL).
struct sim_object *sim_object_find(struct sim_call *call, size_t key, enum sim_type type,
                                   redisReply **error_out);
// The same, made when there is none.
struct sim_object *sim_object_make(struct sim_call *call, size_t key, enum sim_type type,
                                   redisReply **error_out);
// Removes a hash or sorted set that has become empty.
void sim_object_drop_empty(struct sim_call *call, size_t key);
struct sim_object *sim_key_live(struct sim_redis *redis, const char *key, size_t len);

// ---- arguments

bool sim_arg_is(const struct redis_arg *arg, const char *word); // whatever the case
bool sim_arg_number(const struct redis_arg *arg, int64_t *number_out);
bool sim_arg_double(const struct redis_arg *arg, double *number_out); // also inf and -inf
bool sim_text_fits(const char *pattern, size_t pattern_len, const char *text, size_t len);

redisReply *sim_error_syntax(void);
redisReply *sim_error_number(void);

// ---- streams, for sim_group.c

bool sim_arg_id(const struct redis_arg *arg, uint64_t missing_seq, struct sim_id *id_out);
redisReply *sim_reply_id(struct sim_id id);
redisReply *sim_reply_entry(const struct sim_entry *entry);
// The place of the first entry with an id not below.
size_t sim_stream_lower(const struct sim_stream *stream, struct sim_id id);
const struct sim_entry *sim_stream_entry(const struct sim_stream *stream, struct sim_id id);
void sim_stream_deinit(struct sim_stream *stream);
void sim_group_free(void *group);

// ---- scripts

void sim_script_open(struct sim_redis *redis);
void sim_script_close(struct sim_redis *redis);
