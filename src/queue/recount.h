// SPDX-License-Identifier: MIT
//
// Counts each account's unfinished jobs and compares them with `unfinished`, while requests come and jobs
// go. No single look of bounded size can do that: so a pass reads the counts, goes through all jobs, and
// reads the counts again. An account whose count is the same before and behind, and another than that of
// its jobs, is suspected; what two passes in a row say alike is taken for wrong. An account that is too busy
// for that is not judged. Private to queue. Thread: the loop's.
#pragma once

#include "queue/queue.h"

enum { RECOUNT_ACCOUNT_BYTES = 64 }; // a name that does not fit is no account's, and left out

struct recount_wrong {
    char account[RECOUNT_ACCOUNT_BYTES];
    int64_t counted; // in `unfinished`
    int64_t jobs;    // that there are
};

struct recount_result {
    const struct recount_wrong *wrong; // by account
    size_t count;
    uint64_t most_at_once; // entries that one look went through
};

// `result` is valid during the call, and NULL exactly when `err` is not.
typedef void (*recount_cb)(void *context, const struct recount_result *result,
                           const struct err *err);
void recount_run(struct queue *queue, recount_cb callback, void *context);
