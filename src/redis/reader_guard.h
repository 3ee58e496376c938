// SPDX-License-Identifier: MIT
//
// Keeps a server that sends more replies than it was asked for from ending this process: hiredis
// asserts that there is none (queue-pitfalls.md H14). The guard sits between hiredis's parser and
// the objects it makes; there, such a reply becomes a protocol error. Thread: the loop's.
#pragma once

#include "hiredis_api.h"

#include <stdbool.h>

struct redis_reader_guard {
    redisReplyObjectFunctions functions; // what the parser calls
    const redisReplyObjectFunctions *makers;
    const redisAsyncContext *context;
    bool has_tripped;
};

// `guard` must outlive the context.
void redis_reader_guard_install(struct redis_reader_guard *guard, redisAsyncContext *context);
