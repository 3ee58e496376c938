// SPDX-License-Identifier: MIT
//
// Groups of consumers, as t_stream.c of Redis 7.0 has them.
#include "base/mem.h"
#include "sim_data.h"

#include <stdlib.h>
#include <string.h>

void sim_group_free(void *value)
{
    struct sim_group *group = value;
    for (size_t i = 0; i < group->pending_count; i++) {
        mem_free(&group->pending[i].consumer);
    }
    mem_free(&group->pending);
    sim_map_deinit(&group->consumers);
    mem_free(&group);
}

static redisReply *error_group(const struct redis_arg *key, const struct redis_arg *name)
{
    return sim_reply_error("NOGROUP No such key '%.*s' or consumer group '%.*s'", (int)key->len,
                           key->bytes, (int)name->len, name->bytes);
}

// The group of a key; NULL with *error_out set otherwise. The stream is given, too.
static struct sim_group *find_group(struct sim_call *call, size_t key, size_t name,
                                    struct sim_stream **stream_out, redisReply **error_out)
{
    struct sim_object *object = sim_object_find(call, key, SIM_STREAM, error_out);
    const struct redis_arg *text = &call->args[name];
    const struct sim_map_entry *entry =
        object == NULL ? NULL : sim_map_find(&object->stream.groups, text->bytes, text->len);
    if (entry == NULL) {
        *error_out = *error_out != NULL ? *error_out : error_group(&call->args[key], text);
        return NULL;
    }
    *stream_out = &object->stream;
    return entry->value;
}

// ---- what is pending

static size_t pending_lower(const struct sim_group *group, struct sim_id id)
{
    size_t at = 0;
    while (at < group->pending_count && sim_id_compare(group->pending[at].id, id) < 0) {
        at++;
    }
    return at;
}

static void add_pending(struct sim_group *group, struct sim_id id, const struct redis_arg *consumer,
                        int64_t now_ms)
{
    group->pending = mem_grow(group->pending, &group->pending_capacity, group->pending_count + 1,
                              sizeof(*group->pending));
    size_t at = pending_lower(group, id);
    memmove(&group->pending[at + 1], &group->pending[at],
            (group->pending_count - at) * sizeof(group->pending[0]));
    group->pending[at] =
        (struct sim_pending){.id = id,
                             .consumer = mem_text_n(consumer->bytes, consumer->len),
                             .delivered_ms = now_ms,
                             .deliveries = 1};
    group->pending_count++;
}

static void remove_pending(struct sim_group *group, size_t at)
{
    mem_free(&group->pending[at].consumer);
    memmove(&group->pending[at], &group->pending[at + 1],
            (group->pending_count - at - 1) * sizeof(group->pending[0]));
    group->pending_count--;
}

static bool is_of(const struct sim_pending *pending, const struct redis_arg *consumer)
{
    return strlen(pending->consumer) == consumer->len &&
           memcmp(pending->consumer, consumer->bytes, consumer->len) == 0;
}

// ---- XGROUP, XINFO

static redisReply *error_key(void)
{
    return sim_reply_error("ERR The XGROUP subcommand requires the key to exist");
}

static redisReply *create_group(struct sim_call *call)
{
    redisReply *error = NULL;
    struct sim_id from;
    bool makes = call->count == 6 && sim_arg_is(&call->args[5], "MKSTREAM");
    if (call->count < 5 || (call->count == 6 && !makes) || call->count > 6) {
        return sim_error_syntax();
    }
    if (!sim_arg_id(&call->args[4], 0, &from)) {
        return sim_reply_error("ERR Invalid stream ID specified as stream command argument");
    }
    struct sim_object *object = makes ? sim_object_make(call, 2, SIM_STREAM, &error)
                                      : sim_object_find(call, 2, SIM_STREAM, &error);
    if (error != NULL || object == NULL) {
        return error != NULL ? error : error_key();
    }
    struct sim_map_entry *entry =
        sim_map_put(&object->stream.groups, call->args[3].bytes, call->args[3].len);
    if (entry->value != NULL) {
        return sim_reply_error("BUSYGROUP Consumer Group name already exists");
    }
    struct sim_group *group = mem_alloc(1, sizeof(*group));
    group->last_delivered = from;
    sim_map_init(&group->consumers, NULL);
    entry->value = group;
    return sim_reply_status("OK");
}

static redisReply *delete_consumer(struct sim_call *call)
{
    redisReply *error = NULL;
    struct sim_stream *stream;
    if (call->count != 5) {
        return sim_error_syntax();
    }
    if (sim_object_find(call, 2, SIM_STREAM, &error) == NULL) {
        return error != NULL ? error : error_key();
    }
    struct sim_group *group = find_group(call, 2, 3, &stream, &error);
    if (group == NULL) {
        return error;
    }
    int64_t removed = 0;
    for (size_t i = group->pending_count; i > 0; i--) {
        if (is_of(&group->pending[i - 1], &call->args[4])) {
            remove_pending(group, i - 1);
            removed++;
        }
    }
    sim_map_remove(&group->consumers, call->args[4].bytes, call->args[4].len);
    return sim_reply_number(removed);
}

static redisReply *run_xgroup(struct sim_call *call)
{
    if (sim_arg_is(&call->args[1], "CREATE")) {
        return create_group(call);
    }
    if (sim_arg_is(&call->args[1], "DELCONSUMER")) {
        return delete_consumer(call);
    }
    return sim_error_syntax();
}

static void push_named(redisReply *list, const char *name, redisReply *value)
{
    sim_reply_push(list, sim_reply_text(name, strlen(name)));
    sim_reply_push(list, value);
}

static redisReply *run_xinfo(struct sim_call *call)
{
    redisReply *error = NULL;
    if (!sim_arg_is(&call->args[1], "GROUPS") || call->count != 3) {
        return sim_error_syntax();
    }
    const struct sim_object *object = sim_object_find(call, 2, SIM_STREAM, &error);
    if (object == NULL) {
        return error != NULL ? error : sim_reply_error("ERR no such key");
    }
    redisReply *reply = sim_reply_list(0);
    const struct sim_map *groups = &object->stream.groups;
    for (size_t i = 0; i < groups->used; i++) {
        if (groups->entries[i].key == NULL) {
            continue;
        }
        const struct sim_group *group = groups->entries[i].value;
        redisReply *info = sim_reply_list(0);
        push_named(info, "name", sim_reply_text(groups->entries[i].key, groups->entries[i].len));
        push_named(info, "consumers", sim_reply_number((int64_t)group->consumers.live));
        push_named(info, "pending", sim_reply_number((int64_t)group->pending_count));
        push_named(info, "last-delivered-id", sim_reply_id(group->last_delivered));
        sim_reply_push(reply, info);
    }
    return reply;
}

// ---- XREADGROUP

struct group_read {
    struct sim_group *group;
    struct sim_stream *stream;
    const struct redis_arg *consumer;
    int64_t max;
    int64_t now_ms;
};

static redisReply *read_new(const struct group_read *read)
{
    redisReply *entries = sim_reply_list(0);
    struct sim_id after = read->group->last_delivered;
    for (size_t i = sim_stream_lower(read->stream, after);
         i < read->stream->count && (int64_t)entries->elements < read->max; i++) {
        const struct sim_entry *entry = &read->stream->entries[i];
        if (sim_id_compare(entry->id, after) > 0) {
            sim_reply_push(entries, sim_reply_entry(entry));
            add_pending(read->group, entry->id, read->consumer, read->now_ms);
            read->group->last_delivered = entry->id;
        }
    }
    if (entries->elements == 0) {
        sim_reply_free(entries);
        return NULL;
    }
    return entries;
}

static redisReply *read_own(const struct group_read *read, struct sim_id after)
{
    redisReply *entries = sim_reply_list(0);
    for (size_t i = 0; i < read->group->pending_count && (int64_t)entries->elements < read->max;
         i++) {
        struct sim_pending *pending = &read->group->pending[i];
        if (sim_id_compare(pending->id, after) <= 0 || !is_of(pending, read->consumer)) {
            continue;
        }
        const struct sim_entry *entry = sim_stream_entry(read->stream, pending->id);
        if (entry != NULL) {
            sim_reply_push(entries, sim_reply_entry(entry));
            pending->delivered_ms = read->now_ms;
            pending->deliveries++;
            continue;
        }
        redisReply *gone = sim_reply_list(2);
        gone->element[0] = sim_reply_id(pending->id);
        gone->element[1] = sim_reply_nil();
        sim_reply_push(entries, gone);
    }
    return entries;
}

// XREADGROUP GROUP g c [COUNT n] [BLOCK ms] STREAMS key id, of one stream.
static redisReply *run_xreadgroup(struct sim_call *call)
{
    struct group_read read = {
        .consumer = &call->args[3], .max = INT64_MAX, .now_ms = sim_redis_time_ms(call->redis)};
    size_t at = 4;
    for (; at + 1 < call->count && !sim_arg_is(&call->args[at], "STREAMS"); at += 2) {
        if (sim_arg_is(&call->args[at], "COUNT") &&
            !sim_arg_number(&call->args[at + 1], &read.max)) {
            return sim_error_number();
        }
    }
    if (at + 3 != call->count || !sim_arg_is(&call->args[1], "GROUP")) {
        return sim_error_syntax();
    }
    bool is_new = sim_arg_is(&call->args[at + 2], ">");
    struct sim_id after = {0};
    if (!is_new && !sim_arg_id(&call->args[at + 2], 0, &after)) {
        return sim_reply_error("ERR Invalid stream ID specified as stream command argument");
    }
    redisReply *error = NULL;
    read.group = find_group(call, at + 1, 2, &read.stream, &error);
    if (read.group == NULL) {
        return error;
    }
    redisReply *entries = is_new ? read_new(&read) : read_own(&read, after);
    if (entries == NULL) {
        return sim_reply_nil();
    }
    (void)sim_map_put(&read.group->consumers, read.consumer->bytes, read.consumer->len);
    redisReply *reply = sim_reply_list(1);
    reply->element[0] = sim_reply_list(2);
    reply->element[0]->element[0] =
        sim_reply_text(call->args[at + 1].bytes, call->args[at + 1].len);
    reply->element[0]->element[1] = entries;
    return reply;
}

// ---- XACK, XPENDING

static redisReply *run_xack(struct sim_call *call)
{
    redisReply *error = NULL;
    struct sim_stream *stream;
    struct sim_group *group = find_group(call, 1, 2, &stream, &error);
    if (group == NULL) {
        bool is_other = strncmp(error->str, "NOGROUP", 7) != 0;
        if (is_other) {
            return error;
        }
        sim_reply_free(error);
        return sim_reply_number(0);
    }
    int64_t removed = 0;
    for (size_t i = 3; i < call->count; i++) {
        struct sim_id id;
        if (!sim_arg_id(&call->args[i], 0, &id)) {
            return sim_reply_error("ERR Invalid stream ID specified as stream command argument");
        }
        size_t at = pending_lower(group, id);
        if (at < group->pending_count && sim_id_compare(group->pending[at].id, id) == 0) {
            remove_pending(group, at);
            removed++;
        }
    }
    return sim_reply_number(removed);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

// {consumer, how many}, by name.
static redisReply *count_by_consumer(const struct sim_group *group)
{
    char **names = mem_alloc(group->pending_count, sizeof(char *));
    for (size_t i = 0; i < group->pending_count; i++) {
        names[i] = group->pending[i].consumer;
    }
    qsort(names, group->pending_count, sizeof(char *), compare_names);
    redisReply *reply = sim_reply_list(0);
    for (size_t i = 0; i < group->pending_count;) {
        size_t first = i;
        while (i < group->pending_count && strcmp(names[i], names[first]) == 0) {
            i++;
        }
        char *number = mem_format("%zu", i - first);
        redisReply *pair = sim_reply_list(2);
        pair->element[0] = sim_reply_text(names[first], strlen(names[first]));
        pair->element[1] = sim_reply_text(number, strlen(number));
        sim_reply_push(reply, pair);
        mem_free(&number);
    }
    mem_free(&names);
    return reply;
}

static redisReply *pending_in_sum(const struct sim_group *group)
{
    redisReply *reply = sim_reply_list(4);
    size_t count = group->pending_count;
    reply->element[0] = sim_reply_number((int64_t)count);
    reply->element[1] = count == 0 ? sim_reply_nil() : sim_reply_id(group->pending[0].id);
    reply->element[2] = count == 0 ? sim_reply_nil() : sim_reply_id(group->pending[count - 1].id);
    reply->element[3] = count == 0 ? sim_reply_nil() : count_by_consumer(group);
    return reply;
}

static redisReply *pending_one_by_one(const struct sim_call *call, const struct sim_group *group)
{
    struct sim_id first;
    struct sim_id last;
    int64_t max;
    if (!sim_arg_id(&call->args[3], 0, &first) || !sim_arg_id(&call->args[4], UINT64_MAX, &last) ||
        !sim_arg_number(&call->args[5], &max)) {
        return sim_error_syntax();
    }
    redisReply *reply = sim_reply_list(0);
    for (size_t i = pending_lower(group, first);
         i < group->pending_count && (int64_t)reply->elements < max; i++) {
        const struct sim_pending *pending = &group->pending[i];
        if (sim_id_compare(pending->id, last) > 0 ||
            (call->count == 7 && !is_of(pending, &call->args[6]))) {
            continue;
        }
        redisReply *row = sim_reply_list(4);
        int64_t idle_ms = sim_redis_time_ms(call->redis) - pending->delivered_ms;
        row->element[0] = sim_reply_id(pending->id);
        row->element[1] = sim_reply_text(pending->consumer, strlen(pending->consumer));
        row->element[2] = sim_reply_number(idle_ms < 0 ? 0 : idle_ms);
        row->element[3] = sim_reply_number(pending->deliveries);
        sim_reply_push(reply, row);
    }
    return reply;
}

static redisReply *run_xpending(struct sim_call *call)
{
    redisReply *error = NULL;
    struct sim_stream *stream;
    if (call->count != 3 && call->count != 6 && call->count != 7) {
        return sim_error_syntax();
    }
    const struct sim_group *group = find_group(call, 1, 2, &stream, &error);
    if (group == NULL) {
        return error;
    }
    return call->count == 3 ? pending_in_sum(group) : pending_one_by_one(call, group);
}

// ---- XAUTOCLAIM

struct claim {
    int64_t idle_ms;
    int64_t max;
    struct sim_id from;
    redisReply *entries;
    redisReply *gone;
    struct sim_id next;
};

static bool read_claim(const struct sim_call *call, struct claim *claim)
{
    claim->max = 100;
    bool has_count = call->count == 8;
    return (call->count == 6 || has_count) && sim_arg_number(&call->args[4], &claim->idle_ms) &&
           sim_arg_id(&call->args[5], 0, &claim->from) &&
           (!has_count || (sim_arg_is(&call->args[6], "COUNT") &&
                           sim_arg_number(&call->args[7], &claim->max) && claim->max > 0));
}

static void take_over(const struct sim_call *call, struct sim_pending *pending, int64_t now_ms)
{
    mem_free(&pending->consumer);
    pending->consumer = mem_text_n(call->args[3].bytes, call->args[3].len);
    pending->delivered_ms = now_ms;
    pending->deliveries++;
}

// Looks at ten times as many as it may give.
static void claim_pending(const struct sim_call *call, struct sim_stream *stream,
                          struct sim_group *group, struct claim *claim)
{
    int64_t now_ms = sim_redis_time_ms(call->redis);
    int64_t attempts = claim->max * 10;
    size_t at = pending_lower(group, claim->from);
    while (attempts-- > 0 && claim->max > 0 && at < group->pending_count) {
        struct sim_pending *pending = &group->pending[at];
        const struct sim_entry *entry = sim_stream_entry(stream, pending->id);
        if (entry == NULL) {
            sim_reply_push(claim->gone, sim_reply_id(pending->id));
            remove_pending(group, at);
            claim->max--;
            continue;
        }
        at++;
        if (claim->idle_ms > 0 && now_ms - pending->delivered_ms < claim->idle_ms) {
            continue;
        }
        (void)sim_map_put(&group->consumers, call->args[3].bytes, call->args[3].len);
        take_over(call, pending, now_ms);
        sim_reply_push(claim->entries, sim_reply_entry(entry));
        claim->max--;
    }
    claim->next = at < group->pending_count ? group->pending[at].id : (struct sim_id){0};
}

static redisReply *run_xautoclaim(struct sim_call *call)
{
    redisReply *error = NULL;
    struct sim_stream *stream;
    struct claim claim = {0};
    if (!read_claim(call, &claim)) {
        return sim_error_syntax();
    }
    struct sim_group *group = find_group(call, 1, 2, &stream, &error);
    if (group == NULL) {
        return error;
    }
    claim.entries = sim_reply_list(0);
    claim.gone = sim_reply_list(0);
    claim_pending(call, stream, group, &claim);
    redisReply *reply = sim_reply_list(3);
    reply->element[0] = sim_reply_id(claim.next);
    reply->element[1] = claim.entries;
    reply->element[2] = claim.gone;
    return reply;
}

const struct sim_command sim_group_commands[] = {
    {"XGROUP", run_xgroup, -2, SIM_WRITES | SIM_TAKES_MEMORY},
    {"XINFO", run_xinfo, -2, 0},
    {"XREADGROUP", run_xreadgroup, -7, SIM_WRITES},
    {"XACK", run_xack, -4, SIM_WRITES},
    {"XPENDING", run_xpending, -3, 0},
    {"XAUTOCLAIM", run_xautoclaim, -6, SIM_WRITES},
    {NULL, NULL, 0, 0},
};
