// SPDX-License-Identifier: MIT
//
// The one include of hiredis (0.14 of Debian 12 and 1.2 of Debian 13), with its reply types under
// names of our own: they are macros, and one has the name of a constant in redis/reply.h.
#pragma once

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

enum wire_type {
    WIRE_STRING = REDIS_REPLY_STRING,
    WIRE_ARRAY = REDIS_REPLY_ARRAY,
    WIRE_INTEGER = REDIS_REPLY_INTEGER,
    WIRE_NIL = REDIS_REPLY_NIL,
    WIRE_STATUS = REDIS_REPLY_STATUS,
    WIRE_ERROR = REDIS_REPLY_ERROR,
};
#undef REDIS_REPLY_STRING
