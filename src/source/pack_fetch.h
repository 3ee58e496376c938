// SPDX-License-Identifier: MIT
//
// What the fetches of all pack sources have in common: work on a thread of libuv's pool, and one
// callback. A source's own fetch begins with this struct. Thread: the loop's, `run` apart.
#pragma once

#include "source/pack_source.h"

struct pack_fetch {
    struct pack_source *source;
    struct loop_closing *closing; // borrowed; one up until the fetch is gone
    pack_fetch_cb callback;
    void *context;
    char *origin; // "" until it is known
    struct buf body;
    struct err err; // ERR_OK as long as nothing has gone wrong
    uv_work_t work;
    void (*run)(struct pack_fetch *fetch); // pool thread; may fill `body` and `err`
    int64_t asked_at_ms;                   // monotonic: when a service was asked; 0: none was
    bool is_working;
    bool is_cancelled;
};

// Fills a fetch that the source has allocated, and counts `closing` up.
void pack_fetch_init(struct pack_fetch *fetch, struct pack_source *source,
                     struct loop_closing *closing, pack_fetch_cb callback, void *context);

// Runs `run` on a pool thread, unless the fetch has gone wrong already, and then finishes in a
// later turn of the loop.
void pack_fetch_work(struct pack_fetch *fetch, uv_loop_t *loop,
                     void (*run)(struct pack_fetch *fetch));
// Makes a fetch that works end with ERR_CANCELLED.
void pack_fetch_cancel_work(struct pack_fetch *fetch);

// Calls back with the body or the error, and frees the fetch.
void pack_fetch_finish(struct pack_fetch *fetch);
