// SPDX-License-Identifier: MIT
//
// A failed attempt, as a job's history and its dead letter hold it under `attempt:<number>`
// (docs/redis.md). Pure. Thread: any.
#pragma once

#include <stdbool.h>

#define QUEUE_ATTEMPT_PREFIX "attempt:"

// Texts; "" for what is not known.
struct queue_attempt {
    const char *at_ms;
    const char *fence;
    const char *worker;
    const char *step;
    const char *code;
    const char *upstream_code;
    const char *upstream_request_id;
    const char *message;
};

// Cuts `text` up, in which the parts lie. False when it has fewer parts; then some of it is cut.
bool queue_attempt_read(char *text, struct queue_attempt *attempt_out);
