// SPDX-License-Identifier: MIT
#include "server_private.h"

#include "base/clock.h"
#include "base/mem.h"

#include <sys/socket.h>

enum { WATCH_INTERVAL_MS = 250 };

void connection_set_limit(struct connection *connection, int64_t after_ms)
{
    connection->cut_at_ms = clock_monotonic_ms() + after_ms;
}

void connection_began(struct engine *engine, struct MHD_Connection *mhd, void **own)
{
    struct http_server *server = engine->server;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *connection = mem_alloc(1, sizeof(*connection));
    connection->engine = engine;
    connection->mhd = mhd;
    connection->fd = info->connect_fd;
    connection_set_limit(connection, server->idle_timeout_ms);
    LIST_INSERT_HEAD(&server->connections, connection, link);
    engine->connections++;
    server->connection_count++;
    *own = connection;
    if (!loop_timer_is_set(&server->watch)) {
        loop_timer_start(&server->watch, WATCH_INTERVAL_MS);
    }
}

void connection_ended(struct connection *connection)
{
    if (connection->call != NULL) {
        call_end(connection->call);
    }
    struct http_server *server = connection->engine->server;
    LIST_REMOVE(connection, link);
    connection->engine->connections--;
    server->connection_count--;
    server->kept_count -= connection->is_kept ? 1 : 0;
    // An old engine goes with its last connection; and past its limit the library does not listen, and
    // goes back to it at the beginning of a run only, not when one has gone.
    engine_wake(connection->engine);
    mem_free(&connection);
}

bool connection_keep(struct connection *connection)
{
    struct http_server *server = connection->engine->server;
    if (!connection->is_kept && server->kept_count < server->kept_max) {
        connection->is_kept = true;
        server->kept_count++;
    }
    return connection->is_kept;
}

// The library only knows of silence. It sees the end of the socket and closes.
void connections_watch(struct http_server *server)
{
    int64_t now_ms = clock_monotonic_ms();
    struct connection *connection = NULL;
    LIST_FOREACH(connection, &server->connections, link)
    {
        if (now_ms >= connection->cut_at_ms) {
            connection->cut_at_ms = INT64_MAX;
            (void)shutdown(connection->fd, SHUT_RDWR);
        }
    }
    if (!LIST_EMPTY(&server->connections)) {
        loop_timer_start(&server->watch, WATCH_INTERVAL_MS);
    }
}
