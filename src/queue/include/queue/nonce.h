// SPDX-License-Identifier: MIT
//
// Nonces of signed requests: each may be used once, at whichever daemon (alibaba-config.md 4.3,
// SignatureNonceUsed). Thread: the loop's.
#pragma once

#include "base/span.h"
#include "queue/queue.h"

struct queue_nonce {
    const char *account_id;
    const char *key_id; // of the access key; nonces of two keys have nothing to do with each other
    struct span nonce;
    int64_t kept_ms; // how long it is remembered
};

// `is_fresh`: nobody had used it, and now it is used. ERR_UNAVAILABLE and ERR_UNCERTAIN: not known; the
// request must not be let in.
typedef void (*queue_nonce_cb)(void *context, bool is_fresh, const struct err *err);
void queue_use_nonce(struct queue *queue, const struct queue_nonce *nonce, queue_nonce_cb callback,
                     void *context);
