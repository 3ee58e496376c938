// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "sim_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The members in their order, by score and then by bytes; the array is the caller's.
static int compare_members(const void *left, const void *right)
{
    const struct sim_map_entry *a = *(const struct sim_map_entry *const *)left;
    const struct sim_map_entry *b = *(const struct sim_map_entry *const *)right;
    if (a->score < b->score || a->score > b->score) {
        return a->score < b->score ? -1 : 1;
    }
    int order = memcmp(a->key, b->key, a->len < b->len ? a->len : b->len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static const struct sim_map_entry **sorted(const struct sim_object *zset, size_t *count_out)
{
    size_t count = 0;
    size_t live = zset == NULL ? 0 : zset->map.live;
    const struct sim_map_entry **members = mem_alloc(live, sizeof(const struct sim_map_entry *));
    for (size_t i = 0; live > 0 && i < zset->map.used; i++) {
        if (zset->map.entries[i].key != NULL) {
            members[count++] = &zset->map.entries[i];
        }
    }
    qsort(members, count, sizeof(const struct sim_map_entry *), compare_members);
    *count_out = count;
    return members;
}

static void push_member(redisReply *list, const struct sim_map_entry *member, bool with_score)
{
    sim_reply_push(list, sim_reply_text(member->key, member->len));
    if (with_score) {
        sim_reply_push(list, sim_reply_double(member->score));
    }
}

static redisReply *run_zadd(struct sim_call *call)
{
    size_t first = 2;
    bool only_greater = false;
    bool only_new = false;
    bool only_old = false;
    for (; first < call->count; first++) {
        bool is_greater = sim_arg_is(&call->args[first], "GT");
        bool is_new = sim_arg_is(&call->args[first], "NX");
        bool is_old = sim_arg_is(&call->args[first], "XX");
        if (!is_greater && !is_new && !is_old) {
            break;
        }
        only_greater = only_greater || is_greater;
        only_new = only_new || is_new;
        only_old = only_old || is_old;
    }
    if (first >= call->count || (call->count - first) % 2 != 0) {
        return sim_error_syntax();
    }
    double score;
    for (size_t i = first; i < call->count; i += 2) {
        if (!sim_arg_double(&call->args[i], &score) || isnan(score)) {
            return sim_reply_error("ERR value is not a valid float");
        }
    }
    redisReply *error = NULL;
    struct sim_object *zset = only_old ? sim_object_find(call, 1, SIM_ZSET, &error)
                                       : sim_object_make(call, 1, SIM_ZSET, &error);
    if (error != NULL || zset == NULL) {
        return error != NULL ? error : sim_reply_number(0);
    }
    size_t before = zset->map.live;
    for (size_t i = first; i < call->count; i += 2) {
        size_t known = zset->map.live;
        if (only_old &&
            sim_map_find(&zset->map, call->args[i + 1].bytes, call->args[i + 1].len) == NULL) {
            continue;
        }
        struct sim_map_entry *member =
            sim_map_put(&zset->map, call->args[i + 1].bytes, call->args[i + 1].len);
        bool is_new = zset->map.live > known;
        (void)sim_arg_double(&call->args[i], &score);
        if (is_new || (!only_new && (!only_greater || score > member->score))) {
            member->score = score;
        }
    }
    return sim_reply_number((int64_t)(zset->map.live - before));
}

static redisReply *run_zcard(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *zset = sim_object_find(call, 1, SIM_ZSET, &error);
    return error != NULL ? error : sim_reply_number(zset == NULL ? 0 : (int64_t)zset->map.live);
}

static redisReply *reply_of_score(const struct sim_object *zset, const struct redis_arg *name)
{
    const struct sim_map_entry *member =
        zset == NULL ? NULL : sim_map_find(&zset->map, name->bytes, name->len);
    return member == NULL ? sim_reply_nil() : sim_reply_double(member->score);
}

static redisReply *run_zscore(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *zset = sim_object_find(call, 1, SIM_ZSET, &error);
    return error != NULL ? error : reply_of_score(zset, &call->args[2]);
}

static redisReply *run_zmscore(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *zset = sim_object_find(call, 1, SIM_ZSET, &error);
    if (error != NULL) {
        return error;
    }
    redisReply *reply = sim_reply_list(call->count - 2);
    for (size_t i = 2; i < call->count; i++) {
        reply->element[i - 2] = reply_of_score(zset, &call->args[i]);
    }
    return reply;
}

static redisReply *run_zrem(struct sim_call *call)
{
    redisReply *error = NULL;
    struct sim_object *zset = sim_object_find(call, 1, SIM_ZSET, &error);
    if (error != NULL || zset == NULL) {
        return error != NULL ? error : sim_reply_number(0);
    }
    size_t before = zset->map.live;
    for (size_t i = 2; i < call->count; i++) {
        sim_map_remove(&zset->map, call->args[i].bytes, call->args[i].len);
    }
    redisReply *reply = sim_reply_number((int64_t)(before - zset->map.live));
    sim_object_drop_empty(call, 1);
    return reply;
}

static redisReply *run_zpopmin(struct sim_call *call)
{
    redisReply *error = NULL;
    int64_t wanted = 1;
    struct sim_object *zset = sim_object_find(call, 1, SIM_ZSET, &error);
    if (error != NULL) {
        return error;
    }
    if (call->count == 3 && (!sim_arg_number(&call->args[2], &wanted) || wanted < 0)) {
        return sim_reply_error("ERR value is out of range, must be positive");
    }
    size_t count;
    const struct sim_map_entry **members = sorted(zset, &count);
    size_t popped = (size_t)wanted < count ? (size_t)wanted : count;
    redisReply *reply = sim_reply_list(0);
    for (size_t i = 0; i < popped; i++) {
        push_member(reply, members[i], true);
    }
    for (size_t i = 0; i < popped; i++) {
        const redisReply *name = reply->element[2 * i];
        sim_map_remove(&zset->map, name->str, (size_t)name->len);
    }
    mem_free(&members);
    sim_object_drop_empty(call, 1);
    return reply;
}

// ---- ZRANGE

struct range {
    bool by_score;
    bool reversed;
    bool with_scores;
    int64_t offset;
    int64_t limit; // -1: none
    int64_t places[2];
    double scores[2];
};

static redisReply *read_options(const struct sim_call *call, struct range *range)
{
    *range = (struct range){.limit = -1};
    for (size_t i = 4; i < call->count; i++) {
        const struct redis_arg *arg = &call->args[i];
        if (sim_arg_is(arg, "BYSCORE")) {
            range->by_score = true;
        } else if (sim_arg_is(arg, "REV")) {
            range->reversed = true;
        } else if (sim_arg_is(arg, "WITHSCORES")) {
            range->with_scores = true;
        } else if (sim_arg_is(arg, "LIMIT") && i + 2 < call->count) {
            if (!sim_arg_number(&call->args[i + 1], &range->offset) ||
                !sim_arg_number(&call->args[i + 2], &range->limit)) {
                return sim_error_number();
            }
            i += 2;
        } else {
            return sim_error_syntax();
        }
    }
    return range->by_score || range->limit == -1 ? NULL : sim_error_syntax();
}

// The error of the arguments; NULL when they are fine. Redis looks at them before the key.
static redisReply *read_range(const struct sim_call *call, struct range *range)
{
    redisReply *error = read_options(call, range);
    for (size_t i = 0; i < 2 && error == NULL; i++) {
        const struct redis_arg *arg = &call->args[2 + i];
        if (range->by_score && !sim_arg_double(arg, &range->scores[i])) {
            error = sim_reply_error("ERR min or max is not a float");
        } else if (!range->by_score && !sim_arg_number(arg, &range->places[i])) {
            error = sim_error_number();
        }
    }
    return error;
}

static void push_by_place(redisReply *reply, const struct sim_map_entry **members, size_t count,
                          const struct range *range)
{
    int64_t size = (int64_t)count;
    int64_t first = range->places[0] < 0 ? range->places[0] + size : range->places[0];
    int64_t last = range->places[1] < 0 ? range->places[1] + size : range->places[1];
    for (int64_t i = first < 0 ? 0 : first; i <= last && i < size; i++) {
        push_member(reply, members[range->reversed ? size - 1 - i : i], range->with_scores);
    }
}

static void push_by_score(redisReply *reply, const struct sim_map_entry **members, size_t count,
                          const struct range *range)
{
    double low = range->scores[range->reversed ? 1 : 0];
    double high = range->scores[range->reversed ? 0 : 1];
    int64_t passed = 0;
    int64_t taken = 0;
    for (size_t i = 0; i < count && (range->limit < 0 || taken < range->limit); i++) {
        const struct sim_map_entry *member = members[range->reversed ? count - 1 - i : i];
        if (member->score >= low && member->score <= high && passed++ >= range->offset) {
            push_member(reply, member, range->with_scores);
            taken++;
        }
    }
}

static redisReply *run_zrange(struct sim_call *call)
{
    struct range range;
    redisReply *error = read_range(call, &range);
    const struct sim_object *zset =
        error == NULL ? sim_object_find(call, 1, SIM_ZSET, &error) : NULL;
    if (error != NULL) {
        return error;
    }
    size_t count;
    const struct sim_map_entry **members = sorted(zset, &count);
    redisReply *reply = sim_reply_list(0);
    (range.by_score ? push_by_score : push_by_place)(reply, members, count, &range);
    mem_free(&members);
    return reply;
}

static redisReply *run_zscan(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *zset = sim_object_find(call, 1, SIM_ZSET, &error);
    if (error != NULL) {
        return error;
    }
    size_t count;
    const struct sim_map_entry **members = sorted(zset, &count);
    redisReply *reply = sim_reply_list(2);
    reply->element[0] = sim_reply_text("0", 1);
    reply->element[1] = sim_reply_list(0);
    for (size_t i = 0; i < count; i++) {
        push_member(reply->element[1], members[i], true);
    }
    mem_free(&members);
    return reply;
}

const struct sim_command sim_zset_commands[] = {
    {"ZADD", run_zadd, -4, SIM_WRITES | SIM_TAKES_MEMORY},
    {"ZCARD", run_zcard, 2, 0},
    {"ZSCORE", run_zscore, 3, 0},
    {"ZMSCORE", run_zmscore, -3, 0},
    {"ZREM", run_zrem, -3, SIM_WRITES},
    {"ZPOPMIN", run_zpopmin, -2, SIM_WRITES},
    {"ZRANGE", run_zrange, -4, 0},
    {"ZSCAN", run_zscan, -3, 0},
    {NULL, NULL, 0, 0},
};
