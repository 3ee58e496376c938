// SPDX-License-Identifier: MIT
#include "reader_guard.h"

#include <stddef.h>

#if HIREDIS_MAJOR >= 1
typedef size_t array_count;
#else
typedef int array_count;
#endif

// The guard of a reply that may be made, NULL for one that nobody waits for. An error without a
// question is how Redis says why it closes the connection, and hiredis copes with it.
static struct redis_reader_guard *admit(const redisReadTask *task)
{
    struct redis_reader_guard *guard = task->privdata;
    bool is_unasked =
        task->parent == NULL && task->type != WIRE_ERROR && guard->context->replies.head == NULL;
    guard->has_tripped = guard->has_tripped || is_unasked;
    return is_unasked ? NULL : guard;
}

static void *make_string(const redisReadTask *task, char *text, size_t len)
{
    struct redis_reader_guard *guard = admit(task);
    return guard == NULL ? NULL : guard->makers->createString(task, text, len);
}

static void *make_array(const redisReadTask *task, array_count count)
{
    struct redis_reader_guard *guard = admit(task);
    return guard == NULL ? NULL : guard->makers->createArray(task, count);
}

static void *make_integer(const redisReadTask *task, long long value)
{
    struct redis_reader_guard *guard = admit(task);
    return guard == NULL ? NULL : guard->makers->createInteger(task, value);
}

static void *make_nil(const redisReadTask *task)
{
    struct redis_reader_guard *guard = admit(task);
    return guard == NULL ? NULL : guard->makers->createNil(task);
}

// Types of RESP3, which a server has no reason to send us.
#if HIREDIS_MAJOR >= 1
static void *make_double(const redisReadTask *task, double value, char *text, size_t len)
{
    struct redis_reader_guard *guard = admit(task);
    return guard == NULL ? NULL : guard->makers->createDouble(task, value, text, len);
}

static void *make_bool(const redisReadTask *task, int value)
{
    struct redis_reader_guard *guard = admit(task);
    return guard == NULL ? NULL : guard->makers->createBool(task, value);
}
#endif

void redis_reader_guard_install(struct redis_reader_guard *guard, redisAsyncContext *context)
{
    redisReader *reader = context->c.reader;
    *guard = (struct redis_reader_guard){
        .functions = *reader->fn, .makers = reader->fn, .context = context};
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
