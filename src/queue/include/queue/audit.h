// SPDX-License-Identifier: MIT
//
// The checker of the central invariant: each unfinished job is in exactly one of ready, running,
// delayed, dead, held; each entry of those has a job; each CREATING pack has its job and the other way
// round; no running job has a fence above the counter. The keys of single requests and reports are
// the doctor's to look at (queue/doctor.h). It reads all that there is, in looks of a hundred entries
// or so, each a script: what one says of an entry is true although daemons work, and none of them is
// held up. Only how many unfinished jobs an account has takes more than one look; an account whose
// jobs come and go all the time is not judged in that.
#pragma once

#include "queue/queue.h"

struct queue_audit {
    uint64_t jobs;
    uint64_t ready;
    uint64_t running;
    uint64_t delayed;
    uint64_t dead;
    uint64_t held;
    bool
        is_spoiled; // a fixed key holds something else: the violations say so, and nothing else is known
    uint64_t most_at_once; // entries that one look went through
    size_t violation_count;
    char violations[8][256]; // the first ones, a sentence each; see text_show
};
typedef void (*queue_audit_cb)(void *context, const struct queue_audit *audit,
                               const struct err *err);
void queue_audit_run(struct queue *queue, queue_audit_cb callback, void *context);
