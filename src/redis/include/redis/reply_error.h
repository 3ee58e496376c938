// SPDX-License-Identifier: MIT
//
// What an error reply asks of whoever sent the command: one table for all callers. The words are
// those of Redis 7 (src/server.c, "shared objects"; redis.io, sentinel-clients) and those with
// which it ends a BLOCK. Thread: any.
#pragma once

#include "base/err.h"
#include "redis/reply.h"

enum redis_remedy {
    REDIS_REMEDY_NONE,  // the reply is no error
    REDIS_REMEDY_RETRY, // the same later, on the same connection: the server is at it, or full
    // The same later, on a new connection: this one leads to a server that is no master any more,
    // or not yet one. The connection sees to that by itself; the caller only has to come again.
    REDIS_REMEDY_RECONNECT,
    REDIS_REMEDY_MAKE_GROUP, // XGROUP CREATE … 0 MKSTREAM, then the same at once
    REDIS_REMEDY_SEND_BODY,  // EVAL in place of EVALSHA, at once (redis/script.h does)
    REDIS_REMEDY_GIVE_UP,    // the same would fail again until somebody changes something
};

// The first row of the table whose words begin the error's text counts; an error without a row is
// to be given up.
enum redis_remedy redis_reply_remedy(const struct redis_reply *reply);

// An error reply as an error, its code word in err->upstream_code: ERR_UNAVAILABLE where the remedy
// is to retry or to reconnect (nothing was done, unless a script had written already),
// ERR_NOT_FOUND where something is to be made or sent first, ERR_DENIED for a login or a right that
// is missing, ERR_INTERNAL for all others. ERR_OK for any other reply.
enum err_kind redis_reply_err(const struct redis_reply *reply, struct err *err);
