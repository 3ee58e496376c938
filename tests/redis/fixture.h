// SPDX-License-Identifier: MIT
//
// A loop, a connection on it, and what the connection said so far.
#pragma once

#include "base/err.h"
#include "redis/connection.h"
#include "redis/reply.h"
#include "redis/script.h"
#include "redis_server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum { ANSWER_TEXT_BYTES = 256 };

// What a command was called back with; copied, so that it can be looked at later.
struct answer {
    unsigned calls;
    struct err err; // ERR_OK with a reply
    enum redis_reply_type type;
    int64_t number;
    size_t count; // elements
    size_t len;   // of the text, of which the beginning is kept
    char text[ANSWER_TEXT_BYTES];
};

struct fixture {
    uv_loop_t loop;
    struct redis_server *server; // NULL where the test has none
    struct redis_config config;  // may be changed before fixture_connect
    struct redis_connection *connection;
    unsigned ready_calls;
    unsigned down_calls;
    unsigned closed_calls;
    struct redis_server_info info; // of the last on_ready
    struct err down_err;           // of the last on_down
};

// A server (NULL: none), and a config for its Unix socket with short back-off.
void fixture_open(struct fixture *fixture, const struct redis_server_options *options);
// Without a server, for 127.0.0.1 and `port`.
void fixture_open_tcp(struct fixture *fixture, uint16_t port);
// Creates the connection.
void fixture_connect(struct fixture *fixture);
// Closes what is open and checks that no handle is left.
void fixture_close(struct fixture *fixture);

// Runs the loop until on_ready or on_down was called `calls` times in all.
void fixture_wait_ready(struct fixture *fixture, unsigned calls);
void fixture_wait_down(struct fixture *fixture, unsigned calls);
// fixture_open, fixture_connect, fixture_wait_ready.
void fixture_start(struct fixture *fixture, const struct redis_server_options *options);

// Sends a command given as a line, split at blanks.
void fixture_send(struct fixture *fixture, const char *line, int64_t timeout_ms,
                  struct answer *answer);
void fixture_wait(struct fixture *fixture, const struct answer *answer);
// Both.
void fixture_ask(struct fixture *fixture, const char *line, struct answer *answer);
// Fills `context`, a struct answer.
void on_answer(void *context, const struct redis_reply *reply, const struct err *err);
