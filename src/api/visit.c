// SPDX-License-Identifier: MIT
//
// A request at the door: whether its nonce is fresh, and its account within its rate.
#include "call.h"

#include "queue/partition.h"
#include "queue/visit.h"

#include <inttypes.h>
#include <stdio.h>

// A request is good for the window on both sides of our clock, so that its nonce can come again for so
// long; and a minute for clocks that differ within the pool.
enum { NONCE_KEPT_MS = 2 * AUTHENTICATION_WINDOW_MS + 60 * 1000 };

static void refuse_throttled(struct api_call *call, const struct queue_visit_result *result)
{
    char message[API_MESSAGE_BYTES];
    (void)snprintf(message, sizeof(message),
                   "%s The account may send %" PRIu64 " requests a minute, %" PRIu64
                   " of them at once; the next one is let in after %" PRId64 " ms.",
                   answer_code_message(ANSWER_THROTTLED), result->rate, result->burst,
                   result->wait_ms);
    call->retry_after_ms = result->wait_ms;
    call->door->counters.throttled++;
    api_call_refuse_code(call, ANSWER_THROTTLED, message);
}

static void on_visited(void *context, const struct queue_visit_result *result,
                       const struct err *err)
{
    struct api_call *call = context;
    struct api_refusal refusal;
    if (err != NULL) {
        LOG_AT(call->door->parts.log, LOG_WARNING, "api.visit_failed",
               LOG_TEXT("request_id", call->request_id), LOG_TEXT("trace_id", call->trace.trace_id),
               LOG_ERR(err));
        const struct front_door_parts *parts = &call->door->parts;
        parts->on_admission(parts->owner, call->visited, err);
        api_call_refuse_code(call, ANSWER_UNAVAILABLE, "");
    } else if (result->verdict == QUEUE_VISIT_NONCE_USED) {
        gateway_refuse(&refusal, GATEWAY_NONCE_USED, "");
        api_call_refuse(call, &refusal);
    } else if (result->verdict == QUEUE_VISIT_WAIT) {
        refuse_throttled(call, result);
    } else {
        call->after_visit(call);
    }
}

void visit_ask(struct api_call *call, const char *account_id, void (*then)(struct api_call *call))
{
    const struct front_door_config *config = &call->door->config;
    const struct queue_visit visit = {.account_id = account_id,
                                      .key_id = call->identity.key == NULL ? NULL
                                                                           : call->identity.key->id,
                                      .nonce = call->identity.nonce,
                                      .nonce_kept_ms = NONCE_KEPT_MS,
                                      .rate = config->rate,
                                      .burst = config->burst};
    call->after_visit = then;
    call->visited = queue_partition_of(account_id, call->door->parts.partitions);
    queue_visit(front_door_queue(call->door, account_id), &visit, on_visited, call);
}
