// SPDX-License-Identifier: MIT
//
// Commands that wait to be called back, oldest first. Thread: the loop's.
#pragma once

#include "redis/connection.h"

#include <stddef.h>
#include <stdint.h>

enum { REDIS_COMMAND_NAME_BYTES = 16 };

struct redis_command {
    redis_reply_cb callback;
    void *context;
    int64_t timeout_ms;
    int64_t deadline_ms;                 // monotonic
    char name[REDIS_COMMAND_NAME_BYTES]; // first word, cut, for messages
    struct redis_command *next;
};

struct redis_pending {
    struct redis_command *oldest; // NULL: none
    struct redis_command *newest;
    size_t count;
};

void redis_command_set_name(struct redis_command *command, const struct redis_arg *word);

// Adds a command at the end; `pending` owns it.
void redis_pending_push(struct redis_pending *pending, const struct redis_command *command);
// Takes the oldest out into *command_out; REQUIREs that there is one.
void redis_pending_shift(struct redis_pending *pending, struct redis_command *command_out);
// Calls all that are there now back with `err`, oldest first. What the callbacks add stays.
void redis_pending_fail(struct redis_pending *pending, const struct err *err);
