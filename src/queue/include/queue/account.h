// SPDX-License-Identifier: MIT
//
// Accounts as an operator sees them: the weight by which an account is served while others wait,
// the most unfinished jobs that it may have (its cap), how many it has, and how many requests it may
// send over HTTP (queue/visit.h). What is set here lies in Redis (docs/redis.md, `accounts`), so that
// it holds for all daemons at once: cap, rate and burst from the next request on, the weight for jobs
// that are admitted from then on. An account without a value of its own has that of queue_config, or
// of the visit. Results come by callback, never before the call has returned;
// structs are valid during it; errors as in queue/queue.h. Thread: the loop's.
#pragma once

#include "queue/queue.h"

enum {
    QUEUE_ACCOUNT_DEFAULT = -1, // no value of its own
    QUEUE_ACCOUNT_KEEP = -2,    // in a change: as it is
};

struct queue_account {
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    int64_t weight; // 1 to QUEUE_WEIGHT_MAX, or QUEUE_ACCOUNT_DEFAULT
    int64_t cap;    // 0 (no cap) to QUEUE_CAP_MAX, or QUEUE_ACCOUNT_DEFAULT
    int64_t rate;   // a minute; 0 (no limit) to QUEUE_RATE_MAX, or QUEUE_ACCOUNT_DEFAULT
    int64_t burst;  // 1 to QUEUE_BURST_MAX, or QUEUE_ACCOUNT_DEFAULT
    uint64_t unfinished;
};
typedef void (*queue_account_cb)(void *context, const struct queue_account *account,
                                 const struct err *err);

// One account, after the change. ERR_LIMIT when QUEUE_ACCOUNTS_MAX accounts have values of their own
// and this one has none yet; nothing was changed then. All QUEUE_ACCOUNT_KEEP: no more than a look.
struct queue_account_change {
    int64_t weight; // as above, or QUEUE_ACCOUNT_KEEP
    int64_t cap;
    int64_t rate;
    int64_t burst;
};
void queue_change_account(struct queue *queue, const char *account_id,
                          const struct queue_account_change *change, queue_account_cb callback,
                          void *context);

// All accounts that have unfinished jobs or values of their own, in bounded steps: `callback` for
// each, at the end with account NULL and err NULL. In no order; for one now and then twice, the
// later is the newer.
void queue_list_accounts(struct queue *queue, queue_account_cb callback, void *context);
