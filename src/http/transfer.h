// SPDX-License-Identifier: MIT
//
// One transfer from its start to its end; the client delivers the result. Thread: the loop's.
#pragma once

#include "curl_loop.h"
#include "exchange.h"
#include "resolve.h"

#include "http/client.h"

#include <sys/queue.h>

// The picture:
//
//   start --> RESOLVING --> WAITING --> RUNNING --> ENDED       (delivered and freed by the client)
//        \________|____________|____________|_________/
//     an address in the URL or a cached name skips RESOLVING, a free connection WAITING; a bad
//     request, an error, a time limit or a cancel goes to ENDED from wherever the transfer is
enum transfer_state {
    TRANSFER_STARTING,
    TRANSFER_RESOLVING,
    TRANSFER_WAITING,
    TRANSFER_RUNNING,
    TRANSFER_ENDED,
};

// What all transfers of a client share.
struct transfer_tools {
    struct http_config config;
    struct resolver resolver;
    struct curl_loop curl;
    void (*on_ended)(struct http_transfer *transfer); // moved to ENDED, just now
    // A connection is free for it; otherwise it waits until the client gives it its turn.
    bool (*has_room)(const struct http_transfer *transfer);
};

struct http_transfer {
    struct http_client *client;
    TAILQ_ENTRY(http_transfer) link; // in one of the client's two lists
    http_done_cb callback;
    void *context;
    struct transfer_tools *tools;
    enum transfer_state state;
    struct loop_timer deadline; // of the state; the client closes it
    struct resolver_wait wait;
    struct exchange exchange;
    int64_t started_at_ms;
    int64_t total_timeout_ms;
    int64_t total_ms; // set at the end
    struct err err;   // the result; ERR_OK: an answer has come
};

// Starts a transfer that is all zero but for its first members (client, link, callback, context).
// Never ends by calling back the user: on_ended only moves it to a list.
void transfer_start(struct http_transfer *transfer, struct transfer_tools *tools, uv_loop_t *loop,
                    const struct http_request *request);
// Lets one that is WAITING run, or wait on.
void transfer_take_turn(struct http_transfer *transfer);
// Ends it with ERR_CANCELLED, also when it has ended and its result is not delivered yet.
void transfer_cancel(struct http_transfer *transfer);

// curl_loop_done_cb: finds the transfer of an easy handle and ends it.
void transfer_on_curl_done(CURL *easy, CURLcode result);
