// SPDX-License-Identifier: MIT
//
// One connection to Redis on the loop, that keeps itself alive. The only room that includes
// hiredis.
//
// It resolves names with uv_getaddrinfo and tries each address, or takes a Unix socket; sends AUTH
// and SELECT; checks the server (version >= 7.0, role master); then calls on_ready. When the
// connection goes, or a command has had no reply within its time, every pending command is called
// back with a NULL reply (ERR_UNCERTAIN: it may have run), on_down is called, and it connects
// again: first at once, then with full jitter, so that clients do not come back in one moment. It
// never gives up until it is closed. An error reply that tells of a change of role
// (redis/reply_error.h) also makes it connect again. With Sentinels in the config it asks them for
// the master's address before each connect, and leaves a master that they have replaced. With a
// cluster (redis/cluster.h) it asks that in the same way for the master of its slot; a MOVED leads
// it to the node that it names. What a slot that is on its way is answered, ASK and TRYAGAIN, is
// left to the caller to try again: scripts over several keys can run on neither side before the
// slot has moved whole. The program ignores SIGPIPE: hiredis writes without MSG_NOSIGNAL. Callbacks
// never run before the call that took them has returned. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "base/secret.h"
#include "redis/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redis_connection;
struct redis_cluster;
struct redis_reply; // borrowed, valid during the callback only

enum {
    REDIS_HOST_BYTES = 256,   // a host's name with its NUL
    REDIS_SENTINELS_MAX = 16, // of one master
};

struct redis_node {
    const char *host; // name or numeric address
    uint16_t port;
};

struct redis_config {
    const char *unix_path; // used when not NULL
    const char *host;      // name or numeric address
    uint16_t port;
    // When there are any, the two above are not used: they say where the master is.
    const struct redis_node *sentinels;
    size_t sentinel_count;                  // at most REDIS_SENTINELS_MAX
    const char *master_name;                // as the Sentinels know it
    const char *sentinel_user;              // NULL: the default user
    const struct secret *sentinel_password; // NULL: no AUTH
    // When it is not NULL, it says where the master of the slot is; no other place is given, and the
    // database is 0. Borrowed, outlives the connection.
    struct redis_cluster *cluster;
    unsigned slot;
    // To the server and to the Sentinels; NULL: plain. Not looked at with unix_path, and what asks the
    // nodes of a cluster has one of its own. A reference is taken.
    struct redis_tls *tls;
    // Time between two looks at whether the server is a master still, and with Sentinels or a
    // cluster, whether the master still is this one. 0: none, for a connection that blocks: what
    // stands behind a BLOCK waits for its end.
    int64_t role_check_ms;
    const char *user;              // NULL: the default user
    const struct secret *password; // NULL: no AUTH
    unsigned database;
    int64_t connect_timeout_ms; // of each address, until on_ready; of resolving the name
    int64_t command_timeout_ms; // of a command without a time of its own
    int64_t backoff_base_ms;    // 50
    int64_t backoff_cap_ms;     // 2000
    const char *name;           // CLIENT SETNAME, for the operator's CLIENT LIST
};

struct redis_server_info {
    unsigned version_major;
    unsigned version_minor;
    int64_t client_id;         // CLIENT ID, to be woken with CLIENT UNBLOCK
    char maxmemory_policy[32]; // "noeviction", "" when not readable
    bool is_volatile;          // the append-only file is off; false when not readable
};

struct redis_events {
    void *owner;
    // Connected, authenticated and checked. Commands may be sent from here on. `server` is
    // borrowed.
    void (*on_ready)(void *owner, const struct redis_server_info *server);
    // Was ready, or failed to become so; `err` says why. ERR_DENIED (AUTH refused, or with TLS a
    // certificate of either side) and ERR_CONFIG (server too old) are for the operator; it goes on
    // trying all the same.
    void (*on_down)(void *owner, const struct err *err);
};

// The config is copied (the secrets, too). Starts to connect in the next turn of the loop.
struct redis_connection *redis_connection_create(uv_loop_t *loop, const struct redis_config *config,
                                                 const struct redis_events *events);
// Pending commands are called back with ERR_CANCELLED; then on_closed(owner). May be called from
// any callback of the connection; neither on_ready nor on_down comes any more.
void redis_connection_close(struct redis_connection *connection, loop_closed_cb on_closed,
                            void *owner);
// Another password (copied; NULL: no AUTH), from the next connect on: the server does not ask again
// on a connection that stands.
void redis_connection_set_password(struct redis_connection *connection,
                                   const struct secret *password);

// Other certificates (a reference is taken; NULL exactly when there was none), from the next connect
// on.
void redis_connection_set_tls(struct redis_connection *connection, struct redis_tls *tls);

bool redis_connection_is_ready(const struct redis_connection *connection);
// The master's address that Sentinel or the cluster gave last, as "host:port"; "" without them, and
// before the first answer. Two connections that are ready and differ here lead to different servers.
const char *redis_connection_master(const struct redis_connection *connection);
// Gives up a connection that is ready, and connects again. Nothing in any other state.
void redis_connection_renew(struct redis_connection *connection, const struct err *why);
const struct redis_server_info *redis_connection_server(const struct redis_connection *connection);

// `reply` is NULL exactly when `err` is not: ERR_UNCERTAIN (sent, no reply), ERR_UNAVAILABLE (was
// not sent), ERR_LIMIT (it ran, and its reply takes more than REDIS_REPLY_BYTES_MAX: the connection
// is made anew), ERR_CANCELLED. An error *reply* ("-WRONGTYPE …") comes as a reply of type
// REDIS_REPLY_ERROR_TEXT; redis_reply_err turns it into an error.
typedef void (*redis_reply_cb)(void *context, const struct redis_reply *reply,
                               const struct err *err);

struct redis_arg {
    const char *bytes;
    size_t len;
};
#define REDIS_ARG(text) ((struct redis_arg){(text), strlen(text)})

// Sends one command, arguments with lengths. `timeout_ms` 0: the config's; a command behind slower
// ones is judged when those are answered, so nothing is sent behind a BLOCK. When the connection is
// not ready or too much is outstanding, `callback` comes with ERR_UNAVAILABLE from a later turn of
// the loop. Never SUBSCRIBE or MONITOR: a reply that no command asked for ends the link.
enum {
    REDIS_OUTSTANDING_MAX = 10000,             // commands without a reply
    REDIS_UNSENT_BYTES_MAX = 16 * 1024 * 1024, // commands that the socket has not taken; hiredis
                                               // moves all of them after each write
    REDIS_REPLY_BYTES_MAX = 16 * 1024 * 1024,  // memory that one reply may take; our own scripts
                                               // and reads stay far below
};
void redis_connection_send(struct redis_connection *connection, const struct redis_arg *args,
                           size_t count, int64_t timeout_ms, redis_reply_cb callback,
                           void *context);
