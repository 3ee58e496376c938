// SPDX-License-Identifier: MIT
//
// What a cluster says of its slots: replies to CLUSTER SLOTS, and MOVED errors. Pure. Thread: any.
#pragma once

#include "base/err.h"
#include "master.h"
#include "redis/reply.h"

#include <stdbool.h>

// The master of `slot` in a reply to CLUSTER SLOTS. A host that is empty or nil is the one that was
// asked (redis.io, CLUSTER SLOTS). ERR_UNAVAILABLE when no node serves the slot, or its node does not
// say its host; ERR_CORRUPT when the reply is none; of an error reply what redis_reply_err says, but
// ERR_CONFIG of a server that is no cluster's.
enum err_kind redis_slots_find(const struct redis_reply *reply, unsigned slot,
                               const char *asked_host, struct redis_master *master_out,
                               struct err *err);

// Up to `max` masters of such a reply, each once. Returns their number.
size_t redis_slots_masters(const struct redis_reply *reply, const char *asked_host,
                           struct redis_master *masters_out, size_t max);

// "MOVED 3999 127.0.0.1:6381"; a host that is empty is `asked_host`. False for any other error.
bool redis_slots_read_moved(const struct redis_reply *reply, const char *asked_host,
                            struct redis_master *master_out);
