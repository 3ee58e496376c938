// SPDX-License-Identifier: MIT
//
// Asks Sentinels where their master is now (redis.io, "Guidelines for Redis clients with support
// for Redis Sentinel"), before each connect and never from memory. A search is started, doubted,
// shut and closed by its finder. Thread: the loop's.
#pragma once

#include "finder.h"
#include "master.h"

struct redis_sentinel_search {
    struct redis_finder finder;
    struct redis_master found; // by the search under way
    redis_found_cb on_found;
    void *owner;
};

// Asks the Sentinels in the config for its master; the config is borrowed. on_found comes as on_over of
// finder.h.
void redis_sentinel_search_init(struct redis_sentinel_search *search, uv_loop_t *loop,
                                struct loop_closing *closing, const struct redis_config *config,
                                redis_found_cb on_found, void *owner);
