// SPDX-License-Identifier: MIT
//
// What the files of the server share. Private to http. Thread: the loop's.
#pragma once

#include "http/server.h"

#include "base/buf.h"
#include "base/spare.h"
#include "listen.h"

#include <microhttpd.h>
#include <sys/queue.h>

// One daemon of the library. There is one, and after the certificate was replaced also the old ones,
// which take no new connections, until their last connection has gone.
struct engine {
    struct http_server *server;
    struct MHD_Daemon *mhd;
    uv_poll_t poll;          // the library's epoll descriptor
    uv_idle_t soon;          // runs it in the next turn of the loop
    struct loop_timer timer; // when the library wants to be run
    bool is_running;         // inside MHD_run, which must not nest
    bool runs_again;         // woken meanwhile
    unsigned connections;
    LIST_ENTRY(engine) link;
};

struct connection {
    struct engine *engine;
    struct MHD_Connection *mhd;
    int fd;
    struct http_call *call; // from the request line to the end of the answer; NULL between
    int64_t cut_at_ms;      // monotonic; INT64_MAX while the handler has the call
    bool is_kept;           // counts among the server's kept ones
    LIST_ENTRY(connection) link;
};

enum call_state {
    CALL_NEW,      // request line seen
    CALL_BODY,     // headers checked
    CALL_HANDED,   // the handler has it, or somebody behind it
    CALL_ANSWERED, // `response` waits for the library to ask for it
    CALL_SENT,
};

struct http_call {
    struct connection *connection;
    enum call_state state;
    bool is_in_handler; // the handler has not returned yet, so the connection is not suspended
    bool is_too_long;   // the body passed its limit
    char *target;       // as it was sent
    struct buf body;
    struct http_field fields[HTTP_HEADERS_MAX];
    struct http_incoming incoming;
    struct MHD_Response *response;
    unsigned status;
    uint64_t response_bytes;
};

struct http_server {
    uv_loop_t *loop;
    struct listen_socket listen;
    size_t pool_bytes; // of the library's buffer for a connection
    size_t body_bytes;
    int64_t request_timeout_ms;
    int64_t idle_timeout_ms;
    unsigned connections_max;
    unsigned connections_per_peer_max;
    bool is_tls;
    bool is_quiet;
    http_handler handler;
    void *owner;
    LIST_HEAD(engine_list, engine) engines; // the one that accepts comes first
    LIST_HEAD(connection_list, connection) connections;
    unsigned connection_count;
    unsigned kept_max; // connections that may stay open after an answer
    unsigned kept_count;
    struct spare spare_calls;
    struct loop_timer watch; // looks for connections to be cut
    struct loop_closing closing;
};

// ---- server.c

// Lets the library go on in the next turn of the loop.
void engine_wake(struct engine *engine);

// ---- server_connection.c

void connection_began(struct engine *engine, struct MHD_Connection *mhd, void **own);
void connection_ended(struct connection *connection);
// Cuts those that have held their connection for too long.
void connections_watch(struct http_server *server);
void connection_set_limit(struct connection *connection, int64_t after_ms);
// Whether the connection may stay open after the answer that it is about to get.
bool connection_keep(struct connection *connection);

// ---- server_call.c

// For the library's callbacks of the same purpose.
struct http_call *call_begin(struct connection *connection, const char *target);
enum MHD_Result call_go_on(struct http_call *call, const char *method, const char *upload,
                           size_t *upload_len);
void call_end(struct http_call *call);
