// SPDX-License-Identifier: MIT
//
// Streams without their groups.
#include "base/mem.h"
#include "base/text.h"
#include "sim_data.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NODE_ENTRIES = 100 }; // stream-node-max-entries

// ---- ids

// Whole unsigned numbers; "" is none.
static bool read_unsigned(const char *text, size_t len, uint64_t *number_out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)text[i] - '0';
        if (digit > 9 || number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    *number_out = number;
    return len > 0;
}

bool sim_arg_id(const struct redis_arg *arg, uint64_t missing_seq, struct sim_id *id_out)
{
    if (arg->len == 1 && (*arg->bytes == '-' || *arg->bytes == '+')) {
        uint64_t end = *arg->bytes == '-' ? 0 : UINT64_MAX;
        *id_out = (struct sim_id){end, end};
        return true;
    }
    const char *dash = memchr(arg->bytes, '-', arg->len);
    size_t ms_len = dash == NULL ? arg->len : (size_t)(dash - arg->bytes);
    id_out->seq = missing_seq;
    return read_unsigned(arg->bytes, ms_len, &id_out->ms) &&
           (dash == NULL || read_unsigned(dash + 1, arg->len - ms_len - 1, &id_out->seq));
}

static redisReply *error_id(void)
{
    return sim_reply_error("ERR Invalid stream ID specified as stream command argument");
}

redisReply *sim_reply_id(struct sim_id id)
{
    char text[48];
    int len = snprintf(text, sizeof(text), "%" PRIu64 "-%" PRIu64, id.ms, id.seq);
    return sim_reply_text(text, (size_t)len);
}

redisReply *sim_reply_entry(const struct sim_entry *entry)
{
    redisReply *reply = sim_reply_list(2);
    reply->element[0] = sim_reply_id(entry->id);
    reply->element[1] = sim_reply_list(entry->text_count);
    for (size_t i = 0; i < entry->text_count; i++) {
        reply->element[1]->element[i] =
            sim_reply_text(entry->texts[i]->bytes, entry->texts[i]->len);
    }
    return reply;
}

// ---- entries

size_t sim_stream_lower(const struct sim_stream *stream, struct sim_id id)
{
    size_t low = 0;
    size_t high = stream->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sim_id_compare(stream->entries[middle].id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct sim_entry *sim_stream_entry(const struct sim_stream *stream, struct sim_id id)
{
    size_t at = sim_stream_lower(stream, id);
    bool is_there = at < stream->count && sim_id_compare(stream->entries[at].id, id) == 0;
    return is_there ? &stream->entries[at] : NULL;
}

static void free_entry(struct sim_entry *entry)
{
    for (size_t i = 0; i < entry->text_count; i++) {
        mem_free(&entry->texts[i]);
    }
    mem_free(&entry->texts);
}

static void remove_entries(struct sim_stream *stream, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        free_entry(&stream->entries[i]);
    }
    if (count > 0) {
        memmove(&stream->entries[first], &stream->entries[first + count],
                (stream->count - first - count) * sizeof(stream->entries[0]));
        stream->count -= count;
    }
}

void sim_stream_deinit(struct sim_stream *stream)
{
    remove_entries(stream, 0, stream->count);
    mem_free(&stream->entries);
    sim_map_deinit(&stream->groups);
}

// The place of "MAXLEN|MINID [=|~] threshold" in the arguments from `at` on; 0: it is not there.
struct trim {
    bool by_length;
    bool is_about;
    int64_t length;
    struct sim_id id;
};

// Behind the trim's arguments; 0 when they are none.
static size_t read_trim(const struct sim_call *call, size_t at, struct trim *trim)
{
    *trim = (struct trim){.by_length = sim_arg_is(&call->args[at], "MAXLEN")};
    if (++at < call->count &&
        (sim_arg_is(&call->args[at], "~") || sim_arg_is(&call->args[at], "="))) {
        trim->is_about = sim_arg_is(&call->args[at], "~");
        at++;
    }
    if (at >= call->count) {
        return 0;
    }
    bool is_read = trim->by_length ? sim_arg_number(&call->args[at], &trim->length)
                                   : sim_arg_id(&call->args[at], 0, &trim->id);
    return is_read && trim->length >= 0 ? at + 1 : 0;
}

static size_t trim_stream(struct sim_stream *stream, const struct trim *trim)
{
    size_t excess = trim->by_length ? stream->count - ((size_t)trim->length < stream->count
                                                           ? (size_t)trim->length
                                                           : stream->count)
                                    : sim_stream_lower(stream, trim->id);
    if (trim->is_about) {
        excess -= excess % NODE_ENTRIES;
    }
    remove_entries(stream, 0, excess);
    return excess;
}

static bool is_trim(const struct redis_arg *arg)
{
    return sim_arg_is(arg, "MAXLEN") || sim_arg_is(arg, "MINID");
}

static struct sim_id next_id(const struct sim_redis *redis, const struct sim_stream *stream)
{
    struct sim_id id = {.ms = (uint64_t)sim_redis_time_ms(redis)};
    if (id.ms <= stream->last_id.ms) { // also when the clock went back
        id = stream->last_id;
        id.seq++;
    }
    return id;
}

static redisReply *run_xadd(struct sim_call *call)
{
    size_t at = 2;
    struct trim trim = {0};
    bool trims = is_trim(&call->args[at]);
    if (trims && (at = read_trim(call, at, &trim)) == 0) {
        return sim_error_syntax();
    }
    if (call->count < at + 3 || (call->count - at) % 2 == 0) {
        return sim_reply_error("ERR wrong number of arguments for 'xadd' command");
    }
    struct sim_id id = {0};
    bool is_own = sim_arg_is(&call->args[at], "*");
    if (!is_own && !sim_arg_id(&call->args[at], 0, &id)) {
        return error_id();
    }
    redisReply *error = NULL;
    struct sim_object *object = sim_object_find(call, 1, SIM_STREAM, &error);
    if (error != NULL) {
        return error;
    }
    struct sim_id last = object == NULL ? (struct sim_id){0} : object->stream.last_id;
    if (!is_own && sim_id_compare(id, last) <= 0) {
        return sim_reply_error("ERR The ID specified in XADD is equal or smaller than the target "
                               "stream top item");
    }
    struct sim_stream *stream = &sim_object_make(call, 1, SIM_STREAM, &error)->stream;
    id = is_own ? next_id(call->redis, stream) : id;
    stream->entries =
        mem_grow(stream->entries, &stream->capacity, stream->count + 1, sizeof(*stream->entries));
    struct sim_entry *entry = &stream->entries[stream->count++];
    *entry = (struct sim_entry){.id = id, .text_count = call->count - at - 1};
    entry->texts = mem_alloc(entry->text_count, sizeof(*entry->texts));
    for (size_t i = 0; i < entry->text_count; i++) {
        const struct redis_arg *arg = &call->args[at + 1 + i];
        entry->texts[i] = sim_text_create(arg->bytes, arg->len);
    }
    stream->last_id = id;
    call->redis->has_news = true;
    if (trims) {
        (void)trim_stream(stream, &trim);
    }
    return sim_reply_id(id);
}

static redisReply *run_xtrim(struct sim_call *call)
{
    struct trim trim;
    if (!is_trim(&call->args[2]) || read_trim(call, 2, &trim) != call->count) {
        return sim_error_syntax();
    }
    redisReply *error = NULL;
    struct sim_object *object = sim_object_find(call, 1, SIM_STREAM, &error);
    if (error != NULL) {
        return error;
    }
    return sim_reply_number(object == NULL ? 0 : (int64_t)trim_stream(&object->stream, &trim));
}

static redisReply *run_xdel(struct sim_call *call)
{
    redisReply *error = NULL;
    struct sim_object *object = sim_object_find(call, 1, SIM_STREAM, &error);
    int64_t removed = 0;
    for (size_t i = 2; error == NULL && object != NULL && i < call->count; i++) {
        struct sim_id id;
        if (!sim_arg_id(&call->args[i], 0, &id)) {
            return error_id();
        }
        if (sim_stream_entry(&object->stream, id) != NULL) {
            remove_entries(&object->stream, sim_stream_lower(&object->stream, id), 1);
            removed++;
        }
    }
    return error != NULL ? error : sim_reply_number(removed);
}

static redisReply *run_xlen(struct sim_call *call)
{
    redisReply *error = NULL;
    const struct sim_object *object = sim_object_find(call, 1, SIM_STREAM, &error);
    return error != NULL ? error
                         : sim_reply_number(object == NULL ? 0 : (int64_t)object->stream.count);
}

static redisReply *run_xrange(struct sim_call *call)
{
    redisReply *error = NULL;
    struct sim_id first;
    struct sim_id last;
    if (!sim_arg_id(&call->args[2], 0, &first) || !sim_arg_id(&call->args[3], UINT64_MAX, &last)) {
        return error_id();
    }
    const struct sim_object *object = sim_object_find(call, 1, SIM_STREAM, &error);
    if (error != NULL) {
        return error;
    }
    redisReply *reply = sim_reply_list(0);
    const struct sim_stream *stream = object == NULL ? NULL : &object->stream;
    for (size_t i = stream == NULL ? 0 : sim_stream_lower(stream, first);
         stream != NULL && i < stream->count && sim_id_compare(stream->entries[i].id, last) <= 0;
         i++) {
        sim_reply_push(reply, sim_reply_entry(&stream->entries[i]));
    }
    return reply;
}

// XREAD [COUNT n] [BLOCK ms] STREAMS key id, of one stream.
static redisReply *run_xread(struct sim_call *call)
{
    int64_t max = INT64_MAX;
    size_t at = 1;
    for (; at + 1 < call->count && !sim_arg_is(&call->args[at], "STREAMS"); at += 2) {
        if (sim_arg_is(&call->args[at], "COUNT") && !sim_arg_number(&call->args[at + 1], &max)) {
            return sim_error_number();
        }
    }
    struct sim_id after;
    if (at + 3 != call->count) {
        return sim_error_syntax();
    }
    if (!sim_arg_id(&call->args[at + 2], 0, &after)) {
        return error_id();
    }
    redisReply *error = NULL;
    const struct sim_object *object = sim_object_find(call, at + 1, SIM_STREAM, &error);
    if (error != NULL) {
        return error;
    }
    redisReply *entries = sim_reply_list(0);
    for (size_t i = 0; object != NULL && i < object->stream.count; i++) {
        const struct sim_entry *entry = &object->stream.entries[i];
        if (sim_id_compare(entry->id, after) > 0 && (int64_t)entries->elements < max) {
            sim_reply_push(entries, sim_reply_entry(entry));
        }
    }
    if (entries->elements == 0) {
        sim_reply_free(entries);
        return sim_reply_nil();
    }
    redisReply *reply = sim_reply_list(1);
    reply->element[0] = sim_reply_list(2);
    reply->element[0]->element[0] =
        sim_reply_text(call->args[at + 1].bytes, call->args[at + 1].len);
    reply->element[0]->element[1] = entries;
    return reply;
}

const struct sim_command sim_stream_commands[] = {
    {"XADD", run_xadd, -5, SIM_WRITES | SIM_TAKES_MEMORY},
    {"XTRIM", run_xtrim, -4, SIM_WRITES},
    {"XDEL", run_xdel, -3, SIM_WRITES},
    {"XLEN", run_xlen, 2, 0},
    {"XRANGE", run_xrange, -4, 0},
    {"XREAD", run_xread, -4, 0},
    {NULL, NULL, 0, 0},
};
