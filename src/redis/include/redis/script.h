// SPDX-License-Identifier: MIT
//
// Lua scripts on a connection: EVALSHA, and the body only when the server does not know it.
//
// The server's script cache is volatile (SCRIPT FLUSH, restart, promoted replica). A call answered
// with -NOSCRIPT did nothing; it is sent once more as EVAL, which also puts the body back into the
// cache. The caller sees one call and one reply. Thread: the loop's.
#pragma once

#include "base/digest.h"
#include "redis/connection.h"

#include <stddef.h>

// Plain data, made once at start and kept for good: runs that are under way point to it.
struct redis_script {
    const char *name; // "admit", for messages; borrowed
    const char *body; // borrowed
    char sha1[DIGEST_SHA1_HEX_BYTES];
};

// Never build the body per call: the cache would keep each of them.
void redis_script_init(struct redis_script *script, const char *name, const char *body);

struct redis_script_call {
    const struct redis_script *script;
    const struct redis_arg *keys; // KEYS, all that the script touches: a cluster wants them named
    size_t key_count;
    const struct redis_arg *args; // ARGV
    size_t arg_count;
};

// Keys and arguments are copied. The callback is that of redis_connection_send, with the script's
// name before the message of an error. A script's own error is an error reply, as of any command.
void redis_script_run(struct redis_connection *connection, const struct redis_script_call *call,
                      redis_reply_cb callback, void *context);
