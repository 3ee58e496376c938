// SPDX-License-Identifier: MIT
//
// A loop, a client, a scripted server, and what came of one request.
#pragma once

#include "scripted_server.h"

#include "http/client.h"

#include <stdbool.h>

#define TEST_TOKEN "token-that-nobody-may-see"

struct outcome {
    unsigned calls; // of the callback
    int status;     // 0: an error came
    char *body;     // mem_free
    size_t body_len;
    char content_type[64];
    char request_id[64];
    int64_t retry_after_ms;
    struct err err;
};

struct harness {
    uv_loop_t loop;
    struct http_config config; // may be changed between harness_init and harness_open
    struct http_client *client;
    struct scripted_server server;
    bool has_server;
    unsigned closed; // calls of on_closed
};

// Time limits longer than any test waits, so that one does not hide a fault; plain HTTP allowed.
void harness_init(struct harness *harness);
void harness_serve(struct harness *harness, const struct scripted_reply *replies, size_t count);
void harness_open(struct harness *harness);
// Closes everything and asserts that the loop is empty.
void harness_close(struct harness *harness);

// Starts a request.
struct http_transfer *harness_send(struct harness *harness, const struct http_request *request,
                                   struct outcome *outcome);
// Starts a GET with the secret header. `url` NULL: the scripted server.
struct http_transfer *harness_get(struct harness *harness, const char *url,
                                  struct outcome *outcome);
// Runs the loop until the callback has come.
void harness_wait(struct harness *harness, struct outcome *outcome);
// Both.
void harness_fetch(struct harness *harness, const char *url, struct outcome *outcome);

void outcome_deinit(struct outcome *outcome);
// Asserts an error of this kind, which says `text` and does not give the token away.
void outcome_expect(const struct outcome *outcome, enum err_kind kind, const char *text,
                    const char *what);
