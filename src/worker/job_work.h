// SPDX-License-Identifier: MIT
//
// What a job run does on task threads, and what these steps hand on to each other: the blocking
// half of job_run_advance.c. Private to worker.
//
// Thread: one step at a time, on any thread; init and deinit on the loop's, and so what is filled in
// between two steps.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "domain/account.h"
#include "job_lease.h"
#include "queue/queue.h"
#include "source/pack_source.h"
#include "store/store.h"
#include "worker/making.h"
#include "worker/pool.h"
#include "worker/rulebook.h"

// What was judged for a report; what the report was made of is gone when its end is recorded.
struct job_judged {
    uint64_t resources;
    struct outcome_counts findings;
};

struct job_work {
    struct pack_source *source;       // borrowed
    struct store *store;              // borrowed
    const struct pool_config *config; // borrowed
    const struct job_lease *lease;    // borrowed
    struct store_key key;
    struct making *making;
    bool is_group_gone; // the report is over a group that is no longer in the accounts file
    // Filled in by fetch, or before bind.
    struct buf pack_json;
    char *pack_origin;
    // What the steps made.
    char *folder;   // staging folder, once there is one; NULL with a store that keeps nothing
    char *location; // where the report lies, once published
    char *summary;
    struct job_judged judged;
    bool is_given_up; // a step failed because the lease was not sure any more
    // Filled in before clean.
    enum queue_outcome outcome; // how the attempt ended
    bool is_unrecorded;         // whether this attempt made the report is not known
};

// All borrowed.
struct job_work_parts {
    struct pack_source *source;
    struct store *store;
    const struct pool_config *config;
    const struct job_lease *lease;
};

// The accounts are borrowed for the call only; those of the job may be gone from them.
void job_work_init(struct job_work *work, const struct queue_job *job,
                   const struct account_set *accounts, struct rulebook *rulebook,
                   const struct job_work_parts *parts);
void job_work_deinit(struct job_work *work);

// The errors are those of the source, the making and the store; ERR_CANCELLED, with is_given_up,
// when the lease is not sure: then the step has done nothing, or nothing that others see.
enum err_kind job_work_fetch(struct job_work *work, struct err *err); // a source that reads
enum err_kind job_work_bind(struct job_work *work, struct err *err);  // frees the pack's JSON
enum err_kind job_work_evaluate(struct job_work *work, struct err *err);
enum err_kind job_work_render(struct job_work *work, struct err *err);
enum err_kind job_work_store(struct job_work *work, struct err *err);

// A job that is over leaves nothing of its dead attempts; one that goes on elsewhere only nothing of
// this one. An attempt that may have made the report keeps its files, and no other report goes for
// its sake; what has a lower fence is void in any case.
enum err_kind job_work_clean(struct job_work *work, struct err *err);
