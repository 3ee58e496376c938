// SPDX-License-Identifier: MIT
//
// What a text of JSON says, with the way back to how it was written. Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "base/span.h"

struct json_unescaped {
    struct buf bytes;
    size_t *origins; // of each byte, and of the end: its offset in what was written
    size_t capacity;
};

// `raw` is what stands between the quotes. An escape that is none, and half of a pair, say nothing.
void json_unescape(struct span raw, struct json_unescaped *out);
void json_unescaped_deinit(struct json_unescaped *unescaped);
