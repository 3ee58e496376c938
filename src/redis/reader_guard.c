// SPDX-License-Identifier: MIT
#include "reader_guard.h"

// An object of hiredis beside its text, with its place in the list and malloc's own, about.
enum { OBJECT_BYTES = sizeof(redisReply) + sizeof(redisReply *) + 32 };

#if HIREDIS_MAJOR >= 1
typedef size_t array_count;
#else
typedef int array_count;
#endif

static bool trip_over_size(struct redis_reader_guard *guard)
{
    if (guard->trip.kind == ERR_OK) {
        (void)err_set(&guard->trip, ERR_LIMIT, "the server's reply takes more than %d bytes",
                      REDIS_REPLY_BYTES_MAX);
    }
    return false;
}

static bool count_bytes(struct redis_reader_guard *guard, size_t bytes)
{
    if (bytes > REDIS_REPLY_BYTES_MAX - guard->bytes) {
        return trip_over_size(guard);
    }
    guard->bytes += bytes;
    return true;
}

// The guard of a reply, or a part of one, that may be made with `bytes` beside the object itself;
// NULL for one that may not. An error without a question is how Redis says why it closes the
// connection, and hiredis copes with it.
static struct redis_reader_guard *admit(const redisReadTask *task, size_t bytes)
{
    struct redis_reader_guard *guard = task->privdata;
    bool is_whole = task->parent == NULL;
    if (is_whole && task->type != WIRE_ERROR && guard->context->replies.head == NULL) {
        (void)err_set(&guard->trip, ERR_CORRUPT, "the server sent a reply that nobody asked for");
        return NULL;
    }
    guard->bytes = is_whole ? 0 : guard->bytes;
    return bytes <= REDIS_REPLY_BYTES_MAX && count_bytes(guard, bytes + OBJECT_BYTES) ? guard
                                                                                      : NULL;
}

static void *make_string(const redisReadTask *task, char *text, size_t len)
{
    struct redis_reader_guard *guard = admit(task, len);
    return guard == NULL ? NULL : guard->makers->createString(task, text, len);
}

static void *make_array(const redisReadTask *task, array_count count)
{
    // Each element counts when it comes; but its place in the list is made now.
    bool fits = (size_t)count <= REDIS_REPLY_BYTES_MAX / OBJECT_BYTES;
    struct redis_reader_guard *guard = admit(task, fits ? 0 : REDIS_REPLY_BYTES_MAX);
    return guard == NULL ? NULL : guard->makers->createArray(task, count);
}

static void *make_integer(const redisReadTask *task, long long value)
{
    struct redis_reader_guard *guard = admit(task, 0);
    return guard == NULL ? NULL : guard->makers->createInteger(task, value);
}

static void *make_nil(const redisReadTask *task)
{
    struct redis_reader_guard *guard = admit(task, 0);
    return guard == NULL ? NULL : guard->makers->createNil(task);
}

// Types of RESP3, which a server has no reason to send us.
#if HIREDIS_MAJOR >= 1
static void *make_double(const redisReadTask *task, double value, char *text, size_t len)
{
    struct redis_reader_guard *guard = admit(task, 0);
    return guard == NULL ? NULL : guard->makers->createDouble(task, value, text, len);
}

static void *make_bool(const redisReadTask *task, int value)
{
    struct redis_reader_guard *guard = admit(task, 0);
    return guard == NULL ? NULL : guard->makers->createBool(task, value);
}
#endif

void redis_reader_guard_install(struct redis_reader_guard *guard, redisAsyncContext *context)
{
    redisReader *reader = context->c.reader;
    *guard = (struct redis_reader_guard){
        .functions = *reader->fn, .makers = reader->fn, .context = context, .trip = ERR_INIT};
    guard->functions.createString = make_string;
    guard->functions.createArray = make_array;
    guard->functions.createInteger = make_integer;
    guard->functions.createNil = make_nil;
#if HIREDIS_MAJOR >= 1
    guard->functions.createDouble = make_double;
    guard->functions.createBool = make_bool;
#endif
    reader->fn = &guard->functions;
    reader->privdata = guard;
}

// A text whose length is known and whose end has not come: "500000000\r\n…", its type byte having
// been read. 0 for anything else.
static size_t announced_bytes(const char *text, size_t len)
{
    size_t bytes = 0;
    for (size_t i = 0; i < len && bytes <= REDIS_REPLY_BYTES_MAX; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return text[i] == '\r' ? bytes : 0;
        }
        bytes = bytes * 10 + (size_t)(text[i] - '0');
    }
    return bytes > REDIS_REPLY_BYTES_MAX ? bytes : 0;
}

bool redis_reader_guard_allows_buffer(struct redis_reader_guard *guard)
{
    const redisReader *reader = guard->context->c.reader;
    size_t waiting = reader->len - reader->pos;
    size_t announced = waiting == 0 ? 0 : announced_bytes(reader->buf + reader->pos, waiting);
    size_t more = announced > waiting ? announced : waiting;
    size_t made = reader->reply == NULL ? 0 : guard->bytes; // of a reply whose end is missing
    return more <= REDIS_REPLY_BYTES_MAX - made || trip_over_size(guard);
}
