// SPDX-License-Identifier: MIT
//
// The checker of the central invariant, called by the tests at any moment: each unfinished job is
// in exactly one of ready, running, delayed, dead, held; each entry of those has a job; each CREATING
// pack has its job and the other way round; no running job has a fence above the counter. It reads
// everything in one script call (test and doctor use; O(n) on purpose).
#pragma once

#include "queue/queue.h"

struct queue_audit {
    uint64_t jobs;
    uint64_t ready;
    uint64_t running;
    uint64_t delayed;
    uint64_t dead;
    uint64_t held;
    size_t violation_count;
    char violations[8][256]; // the first ones, a sentence each
};
typedef void (*queue_audit_cb)(void *context, const struct queue_audit *audit,
                               const struct err *err);
void queue_audit_run(struct queue *queue, queue_audit_cb callback, void *context);
// The same without the keys of single requests and reports, which the doctor looks at by itself.
void queue_audit_run_places(struct queue *queue, queue_audit_cb callback, void *context);
