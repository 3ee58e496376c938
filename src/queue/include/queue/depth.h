// SPDX-License-Identifier: MIT
//
// How much waits in a partition, for who watches the pool. Thread: the loop's.
#pragma once

#include "queue/queue.h"

struct queue_depth {
    uint64_t ready;
    uint64_t running;
    uint64_t delayed;
    uint64_t held;
    uint64_t dead;
    uint64_t intake;    // entries of the stream, those that are being admitted included
    int64_t waiting_ms; // since the job that runs next was accepted; -1 when none waits
};
typedef void (*queue_depth_cb)(void *context, const struct queue_depth *depth,
                               const struct err *err);
void queue_get_depth(struct queue *queue, queue_depth_cb callback, void *context);
