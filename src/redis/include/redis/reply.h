// SPDX-License-Identifier: MIT
//
// Reading a reply without seeing hiredis: typed getters that never assert on what a server sent.
// Borrowed; valid during the callback. What an error asks for: redis/reply_error.h. Thread: the
// loop's.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum redis_reply_type {
    REDIS_REPLY_NOTHING, // nil: a timed-out BLOCK, a missing key
    REDIS_REPLY_NUMBER,
    REDIS_REPLY_STRING, // bulk or status
    REDIS_REPLY_LIST,
    REDIS_REPLY_ERROR_TEXT, // "-CODE text"
};

struct redis_reply;

enum redis_reply_type redis_reply_type(const struct redis_reply *reply);
// Number of elements; 0 for what is no list.
size_t redis_reply_count(const struct redis_reply *reply);
// Element `index`; a static nil when there is none.
const struct redis_reply *redis_reply_at(const struct redis_reply *reply, size_t index);
// Text of a string or an error, and its length if wanted (NUL-terminated, may hold NULs);
// "" for what is no text. Numbers are not turned into text.
const char *redis_reply_text(const struct redis_reply *reply, size_t *len_out);
bool redis_reply_is(const struct redis_reply *reply, const char *text);
// A number, or text that is one; `otherwise` for anything else.
int64_t redis_reply_number(const struct redis_reply *reply, int64_t otherwise);
