// SPDX-License-Identifier: MIT
//
// visit.lua: whether one HTTP request of an account may come in, at whichever daemon. Two things
// are decided in one step:
//
//   nonce  of a signed request; each is good once (the vendor's SignatureNonceUsed)
//   rate   a token bucket for each account, by the clock of Redis: `burst` requests at once, and
//          one more each 60 s / `rate` after that; what an account has of its own
//          (queue/account.h) goes before what is said here
//
// A request that is kept out uses up neither. Thread: the loop's.
#pragma once

#include "base/span.h"
#include "queue/queue.h"

struct queue_visit {
    const char *account_id;
    const char *key_id; // of the access key; nonces of two keys have nothing to do with each other.
                        // NULL: the request is not signed and has no nonce
    struct span nonce;  // with key_id at most 1000 bytes
    int64_t nonce_kept_ms; // how long it is remembered
    unsigned rate;         // requests a minute, QUEUE_RATE_MAX at most; 0: any number
    unsigned burst;        // 1 to QUEUE_BURST_MAX
};

enum queue_visit_verdict { QUEUE_VISIT_IN, QUEUE_VISIT_NONCE_USED, QUEUE_VISIT_WAIT };

struct queue_visit_result {
    enum queue_visit_verdict verdict;
    // Of QUEUE_VISIT_WAIT:
    int64_t wait_ms; // until there is a token, at least 1
    uint64_t rate;   // that counts for the account
    uint64_t burst;
};

// ERR_UNAVAILABLE and ERR_UNCERTAIN: not known; the request must not be let in. `result` is NULL
// then.
typedef void (*queue_visit_cb)(void *context, const struct queue_visit_result *result,
                               const struct err *err);
// The visit's texts are copied.
void queue_visit(struct queue *queue, const struct queue_visit *visit, queue_visit_cb callback,
                 void *context);
