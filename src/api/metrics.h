// SPDX-License-Identifier: MIT
//
// Prometheus' text format, 0.0.4 (prometheus.io, "Exposition formats"): HELP and TYPE once for each metric,
// times in seconds. Private to api. Pure. Thread: any.
#pragma once

#include "api/front_door.h"
#include "base/buf.h"
#include "process_facts.h"
#include "queue/depth.h"
#include "source/pack_source.h"
#include "worker/pool.h"

#include <stdbool.h>

enum { METRICS_BYTES_MAX = 4 * 1024 * 1024 };

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics_depth {
    bool is_known;
    struct queue_depth depth;
};

struct metrics {
    const char *version;
    bool is_ready;
    unsigned running;
    struct pool_outages outages;
    const struct pool_counters *pool;
    const struct front_door_counters *door;   // NULL: there is no front door
    const struct upstream_counters *upstream; // NULL: packs are files
    const struct metrics_depth *depths;       // by partition
    unsigned partitions;
    int64_t started_at_ms; // wall clock
    struct process_facts process;
};

void metrics_write(struct buf *out, const struct metrics *metrics);
