// SPDX-License-Identifier: MIT
//
// What a server may send before the link is given up. The guard sits between hiredis's parser and
// the objects it makes, and looks at what the parser has not parsed yet. Thread: the loop's.
//
//   A reply that nobody asked for: hiredis asserts that there is none.
//   A reply that takes more than REDIS_REPLY_BYTES_MAX: what others write into Redis must not
//   decide how much memory this process takes. It is noticed where it is announced, by the length
//   of a text or of a list, and otherwise while it grows.
#pragma once

#include "base/err.h"
#include "hiredis_api.h"
#include "redis/connection.h"

#include <stdbool.h>
#include <stddef.h>

struct redis_reader_guard {
    redisReplyObjectFunctions functions; // what the parser calls
    const redisReplyObjectFunctions *makers;
    const redisAsyncContext *context;
    size_t bytes;    // memory that the reply being parsed takes so far, about
    struct err trip; // why the link must be given up; ERR_OK while it need not
};

// `guard` must outlive the context.
void redis_reader_guard_install(struct redis_reader_guard *guard, redisAsyncContext *context);
// To be called after each read: looks at what waits in the buffer for the rest of its reply. False
// when it is too much, with the reason in `trip`.
bool redis_reader_guard_allows_buffer(struct redis_reader_guard *guard);
