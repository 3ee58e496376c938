// SPDX-License-Identifier: MIT
//
// The operators' endpoints, on a listener of their own, without a signature:
//
//   /healthz  200 while the daemon consumes: the command and the blocking connection had a reply
//             lately; else 503
//   /readyz   200 while requests are consumed and their reports could be written and recorded; else
//             503 and what is in the way
//   /metrics  Prometheus' text format, 0.0.4: this daemon's counters, the pack source's, and how much
//             waits in the queue.
//             Without Redis the latter are left out, and packreport_redis_up is 0
//
// Thread: the loop's.
#pragma once

#include "api/front_door.h"
#include "base/err.h"
#include "base/loop.h"
#include "http/server.h"
#include "queue/queue.h"
#include "source/pack_source.h"
#include "worker/pool.h"

struct monitor;

// A reply within so long is one lately; for the watchdog as well.
enum { MONITOR_HEALTHY_WITHIN_MS = 15000 };

// Borrowed, and outlive the monitor; but for the pool, which may go before (monitor_set_pool).
struct monitor_parts {
    uv_loop_t *loop;
    const struct pool *pool; // NULL: there is none yet
    struct queue *const *queues;
    unsigned partitions;
    const struct front_door *door; // NULL: none
    const struct pack_source *source;
    const char *version;
};

// As http_server_create.
enum err_kind monitor_create(const char *listen, const struct monitor_parts *parts,
                             struct monitor **monitor_out, struct err *err);
// What pool_events.on_ready said last; `fault` NULL: ready.
void monitor_set_fault(struct monitor *monitor, const char *fault);
// NULL: the pool is about to go. While there is none everything answers 503.
void monitor_set_pool(struct monitor *monitor, const struct pool *pool);
// What is under way ends first: the queues have to call back.
void monitor_close(struct monitor *monitor, loop_closed_cb on_closed, void *owner);

const char *monitor_address(const struct monitor *monitor);
