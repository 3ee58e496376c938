// SPDX-License-Identifier: MIT
//
// One link: a hiredis context from its birth to its end, the commands that wait on it, and the
// clock on the oldest of them. A link does not reconnect, but can be opened again once it was lost.
//
// However a link ends (refused, reset, closed by the server, a command without a reply, given up by
// its owner), the way is the same: the reason is kept, and in the next turn of the loop, outside of
// all callbacks of hiredis, which does not bear it there, the context is freed, all waiting
// commands are called back (ERR_UNCERTAIN: hiredis does not tell which of them ran; the one whose
// reply was too large with ERR_LIMIT), then on_lost. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "pending.h"
#include "reader_guard.h"
#include "tls_session.h"

#include <stdbool.h>
#include <stdint.h>

struct redis_link_events {
    void *owner;
    // Commands may be sent from here on: with TLS, the server has proved who it is.
    void (*on_connected)(void *owner);
    // An error reply after which the link is given up; may be NULL.
    void (*on_refusal)(void *owner, const struct redis_reply *reply);
    void (*on_lost)(void *owner, const struct err *err);
};

struct redis_link {
    uv_loop_t *loop;
    struct loop_closing *closing; // counts what must be closed before the memory may go
    struct redis_link_events events;
    redisAsyncContext *context;    // NULL: none, or hiredis has freed it
    struct redis_tls_session *tls; // the context's; NULL: plain
    bool is_connected;             // on_connected was called
    bool has_answered;             // a reply came since it was opened
    struct redis_reader_guard guard;
    struct loop_timer timer; // the deadline of the oldest command, or the end of a lost link
    int64_t timer_at_ms;     // monotonic, while the timer is set
    struct redis_pending pending;
    uint64_t replies; // so far
    struct err loss;  // why it is lost; ERR_OK while it is not
};

struct redis_link_address {
    const char *unix_path; // used when not NULL
    const char *numeric_host;
    uint16_t port;
    const struct redis_tls *tls; // NULL: plain
    const char *host;            // with tls: as it was asked for
};

void redis_link_init(struct redis_link *link, uv_loop_t *loop, struct loop_closing *closing,
                     const struct redis_link_events *events);

// Starts to connect; on_connected or on_lost follows. On failure neither does.
enum err_kind redis_link_open(struct redis_link *link, const struct redis_link_address *address,
                              struct err *err);

// The server took the connection and has not finished the handshake of TLS.
bool redis_link_is_shaking_hands(const struct redis_link *link);
// What to say when it does not within so many milliseconds (long long). A Redis without TLS takes
// the first message for the beginning of a command, and waits for more.
#define REDIS_LINK_NO_HANDSHAKE                                                                    \
    "TLS: no answer to the handshake within %lld ms; rediss:// needs the server's tls-port"

enum { REDIS_AUTH_ARGS = 3 };
// AUTH of a user (NULL: the default user); what is borrowed has to outlive the arguments.
void redis_auth_args(const char *user, const struct secret *password,
                     struct redis_arg args_out[REDIS_AUTH_ARGS]);

// Puts "redis 10.0.0.1:6379: " or "sentinel [::1]:26379: " before the message.
void redis_err_prefix_address(struct err *err, const char *title, const char *host, uint16_t port);

// Opened, and not given up since.
bool redis_link_is_up(const struct redis_link *link);

// False when the link is not up, or REDIS_OUTSTANDING_MAX or REDIS_UNSENT_BYTES_MAX is reached;
// then nothing was sent and the callback never comes.
bool redis_link_send(struct redis_link *link, const struct redis_arg *args, size_t count,
                     const struct redis_command *command);

// Gives the link up, from anywhere, callbacks included. The first reason counts.
void redis_link_give_up(struct redis_link *link, const struct err *reason);

// The end, never from a callback of hiredis: calls what waits back with `reason` and forgets
// on_lost. Then the link can only be closed.
void redis_link_shut(struct redis_link *link, const struct err *reason);
void redis_link_close(struct redis_link *link);
