// SPDX-License-Identifier: MIT
//
// Where the master is now: asks one Sentinel after another, each for at most
// REDIS_SENTINEL_TIMEOUT_MS at all the addresses of its name, until one names an address (redis.io, "Guidelines for Redis clients
// with support for Redis Sentinel"; queue-pitfalls.md C1, C2). Nothing is remembered but which
// Sentinel answered: it is asked first the next time, until redis_finder_doubt says that its answer
// was of no use. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "link.h"
#include "redis/connection.h"
#include "resolver.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REDIS_SENTINEL_TIMEOUT_MS = 300 }; // of each: its name, the connection, the answer

struct redis_master {
    char host[REDIS_HOST_BYTES]; // a numeric address, or a name where Sentinel announces names
    uint16_t port;
};

// `master` is NULL exactly when `err` is not. Comes from the loop itself, never from within
// hiredis; another search may be started in it.
typedef void (*redis_found_cb)(void *owner, const struct redis_master *master,
                               const struct err *err);

struct redis_finder {
    const struct redis_config *config; // sentinels, master_name, login, tls; borrowed
    struct loop_closing *closing;
    redis_found_cb on_found;
    void *owner;
    struct redis_link link;
    struct loop_timer timer;                              // the patience with one Sentinel
    struct redis_resolver resolvers[REDIS_SENTINELS_MAX]; // each knows one name
    size_t first;                                         // asked first
    size_t asked;                                         // in this search
    struct redis_addresses addresses;                     // of the one that is asked now
    size_t tried;                                         // of these
    bool is_busy;
    bool is_resolving;
    struct redis_master found; // host "" until the answer is there
    struct err failure;        // of the last one asked
};

void redis_finder_init(struct redis_finder *finder, uv_loop_t *loop, struct loop_closing *closing,
                       const struct redis_config *config, redis_found_cb on_found, void *owner);

// Starts a search; on_found follows, within the number of Sentinels times their timeout, and before
// this returns when none can even be tried. Not while one is under way.
void redis_finder_start(struct redis_finder *finder);
// The next Sentinel is asked first the next time: what this one named is no master, or a second
// opinion is wanted.
void redis_finder_doubt(struct redis_finder *finder);

// The end: on_found does not come any more. As with a link: shut, then close. A finder that was not
// initialised must not be closed.
void redis_finder_shut(struct redis_finder *finder, const struct err *reason);
void redis_finder_close(struct redis_finder *finder);
