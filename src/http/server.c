// SPDX-License-Identifier: MIT
#include "server_private.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    POOL_SPARE_BYTES = 2048,
    POOL_MAPPED_BYTES = 36 * 1024,
    CONNECTION_BYTES = 2048, // besides its buffer: ours, and the library's
    SPARE_CALLS_MAX = 256,
};

// TLS 1.2 and later (RFC 9325, 3.1.1).
static const char TLS_PRIORITIES[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

// ---- the library's callbacks

static void *on_target(void *context, const char *target, struct MHD_Connection *mhd)
{
    (void)context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return call_begin(info->socket_context, target);
}

// NOLINTNEXTLINE(readability-function-size): the library calls it with so many
static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **own)
{
    (void)context;
    (void)mhd;
    (void)url;
    (void)version;
    return call_go_on(*own, method, upload, upload_len);
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **own,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)mhd;
    (void)code;
    if (*own != NULL) {
        call_end(*own);
        *own = NULL;
    }
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **own,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_began(context, mhd, own);
    } else if (*own != NULL) {
        connection_ended(*own);
        *own = NULL;
    }
}

// ---- an engine

static bool is_spent(const struct engine *engine)
{
    return engine != LIST_FIRST(&engine->server->engines) && engine->connections == 0;
}

static void on_timer_closed(void *owner)
{
    struct engine *engine = owner;
    struct http_server *server = engine->server;
    mem_free(&engine);
    loop_closing_down(&server->closing);
}

static void on_soon_closed(uv_handle_t *handle)
{
    struct engine *engine = container_of((uv_idle_t *)handle, struct engine, soon);
    loop_timer_close(&engine->timer, on_timer_closed);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct engine *engine = container_of((uv_poll_t *)handle, struct engine, poll);
    uv_close((uv_handle_t *)&engine->soon, on_soon_closed);
}

// The descriptor must not be polled any more when the library closes it.
static void engine_close(struct engine *engine)
{
    struct MHD_Daemon *mhd = engine->mhd;
    engine->mhd = NULL;
    LIST_REMOVE(engine, link);
    loop_timer_stop(&engine->timer);
    (void)uv_idle_stop(&engine->soon);
    (void)uv_poll_stop(&engine->poll);
    MHD_stop_daemon(mhd);
    uv_close((uv_handle_t *)&engine->poll, on_poll_closed);
}

static void on_engine_soon(uv_idle_t *idle);

// Not by a timer of 0 ms: one that is started when timers fire does so in the same turn (libuv 1.44), and
// while clients come and go nothing else would get its turn.
static void run_soon(struct engine *engine)
{
    int status = uv_idle_start(&engine->soon, on_engine_soon);
    ENSURE(status == 0);
}

static void engine_run(struct engine *engine)
{
    (void)uv_idle_stop(&engine->soon);
    engine->is_running = true;
    engine->runs_again = false;
    enum MHD_Result result = MHD_run(engine->mhd);
    engine->is_running = false;
    ENSURE(result == MHD_YES);
    if (is_spent(engine)) {
        engine_close(engine);
        return;
    }
    // Its descriptors are edge-triggered: it says when it left something undone.
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    bool has_timeout = MHD_get_timeout(engine->mhd, &timeout_ms) == MHD_YES;
    if (engine->runs_again || (has_timeout && timeout_ms == 0)) {
        run_soon(engine);
    } else if (has_timeout) {
        loop_timer_start(&engine->timer, timeout_ms > INT32_MAX ? INT32_MAX : (int64_t)timeout_ms);
    } else {
        loop_timer_stop(&engine->timer);
    }
}

static void on_engine_soon(uv_idle_t *idle)
{
    engine_run(container_of(idle, struct engine, soon));
}

static void on_engine_timer(struct loop_timer *timer)
{
    engine_run(container_of(timer, struct engine, timer));
}

static void on_engine_event(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    engine_run(container_of(poll, struct engine, poll));
}

void engine_wake(struct engine *engine)
{
    if (engine->is_running) {
        engine->runs_again = true;
    } else if (engine->mhd != NULL) {
        run_soon(engine);
    }
}

enum { OPTIONS_MAX = 20 };

struct options {
    struct MHD_OptionItem items[OPTIONS_MAX];
    size_t count;
};

static void add_option(struct options *options, enum MHD_OPTION option, intptr_t value,
                       const void *pointer)
{
    REQUIRE(options->count < OPTIONS_MAX - 1);
    options->items[options->count++] =
        (struct MHD_OptionItem){.option = option, .value = value, .ptr_value = (void *)pointer};
    options->items[options->count].option = MHD_OPTION_END;
}

// A callback goes into the table as a number, as the library's manual has it (MHD_OPTION_ARRAY).
static void add_callback(struct options *options, enum MHD_OPTION option, void (*callback)(void),
                         void *context)
{
    add_option(options, option, (intptr_t)callback, context);
}

static void fill_options(struct options *options, struct engine *engine)
{
    const struct http_server *server = engine->server;
    add_option(options, MHD_OPTION_LISTEN_SOCKET, server->listen.fd, NULL);
    add_option(options, MHD_OPTION_CONNECTION_LIMIT, (intptr_t)server->connections_max, NULL);
    add_option(options, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
               server->listen.is_unix ? 0 : (intptr_t)server->connections_per_peer_max, NULL);
    add_option(options, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)server->pool_bytes, NULL);
    add_option(options, MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
    add_option(options, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL);
    add_callback(options, MHD_OPTION_URI_LOG_CALLBACK, (void (*)(void))on_target, NULL);
    add_callback(options, MHD_OPTION_NOTIFY_COMPLETED, (void (*)(void))on_completed, NULL);
    add_callback(options, MHD_OPTION_NOTIFY_CONNECTION, (void (*)(void))on_connection, engine);
}

static enum err_kind engine_open(struct http_server *server, const struct secret *key,
                                 const char *certificate, struct err *err)
{
    struct engine *engine = mem_alloc(1, sizeof(*engine));
    engine->server = server;
    struct options options = {.count = 0};
    fill_options(&options, engine);
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    if (server->is_tls) {
        flags |= MHD_USE_TLS;
        add_option(&options, MHD_OPTION_HTTPS_MEM_KEY, 0, secret_reveal(key));
        add_option(&options, MHD_OPTION_HTTPS_MEM_CERT, 0, certificate);
        add_option(&options, MHD_OPTION_HTTPS_PRIORITIES, 0, TLS_PRIORITIES);
    }
    engine->mhd = MHD_start_daemon(flags, 0, NULL, NULL, on_request, engine, MHD_OPTION_ARRAY,
                                   options.items, MHD_OPTION_END);
    if (engine->mhd == NULL) {
        mem_free(&engine);
        return err_set(err, ERR_CONFIG,
                       server->is_tls
                           ? "the TLS certificate and its key cannot be used; PEM files that "
                             "belong together are right"
                           : "the HTTP server cannot be started");
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(engine->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    int status = uv_poll_init(server->loop, &engine->poll, info->epoll_fd);
    ENSURE(status == 0);
    status = uv_poll_start(&engine->poll, UV_READABLE, on_engine_event);
    ENSURE(status == 0);
    status = uv_idle_init(server->loop, &engine->soon);
    ENSURE(status == 0);
    loop_timer_init(&engine->timer, server->loop, on_engine_timer, engine);
    loop_closing_up(&server->closing);
    LIST_INSERT_HEAD(&server->engines, engine, link);
    return ERR_OK;
}

// ---- the server

// The library gives each connection a buffer, which costs only what was written to it until an answer has
// gone: then the library clears the whole of it. A small one is allocated, and its pages stay written to
// when somebody else gets it; one of more than 32 KiB is mapped, and goes back to the system with its
// connection. So small ones are right where all connections may be kept, and else those that are mapped.
static void plan_memory(struct http_server *server, const struct http_server_config *config)
{
    server->pool_bytes = config->header_bytes + POOL_SPARE_BYTES;
    server->kept_max = config->connections_max;
    if (config->kept_bytes / (server->pool_bytes + CONNECTION_BYTES) < config->connections_max) {
        server->pool_bytes =
            server->pool_bytes > POOL_MAPPED_BYTES ? server->pool_bytes : POOL_MAPPED_BYTES;
        server->kept_max = (unsigned)(config->kept_bytes / (server->pool_bytes + CONNECTION_BYTES));
    }
}

static void on_watch(struct loop_timer *timer)
{
    connections_watch(container_of(timer, struct http_server, watch));
}

enum err_kind http_server_check(const struct http_server_config *config, struct err *err)
{
    bool is_local = true;
    if (listen_check(config->listen, &is_local, err) != ERR_OK) {
        return err->kind;
    }
    if (config->is_local_only && !is_local) {
        return err_set(err, ERR_CONFLICT, "%s can be reached from other machines", config->listen);
    }
    return ERR_OK;
}

enum err_kind http_server_create(uv_loop_t *loop, const struct http_server_config *config,
                                 http_handler handler, void *owner, struct http_server **server_out,
                                 struct err *err)
{
    struct http_server *server = mem_alloc(1, sizeof(*server));
    server->loop = loop;
    server->body_bytes = config->body_bytes;
    server->request_timeout_ms = config->request_timeout_ms;
    server->idle_timeout_ms = config->idle_timeout_ms;
    server->connections_max = config->connections_max;
    server->connections_per_peer_max = config->connections_per_peer_max;
    plan_memory(server, config);
    server->is_tls = config->tls_certificate != NULL;
    server->handler = handler;
    server->owner = owner;
    spare_init(&server->spare_calls, sizeof(struct http_call), SPARE_CALLS_MAX);
    LIST_INIT(&server->engines);
    LIST_INIT(&server->connections);
    enum err_kind kind = listen_open(config->listen, &server->listen, err);
    if (kind == ERR_OK && config->is_local_only && !server->listen.is_loopback) {
        kind = err_set(err, ERR_CONFLICT, "%s can be reached from other machines",
                       server->listen.address);
        listen_close(&server->listen);
    }
    if (kind == ERR_OK) {
        kind = engine_open(server, config->tls_key, config->tls_certificate, err);
        if (kind != ERR_OK) {
            listen_close(&server->listen);
        }
    }
    if (kind != ERR_OK) {
        mem_free(&server);
        return kind;
    }
    loop_timer_init(&server->watch, loop, on_watch, server);
    *server_out = server;
    return ERR_OK;
}

enum err_kind http_server_set_tls(struct http_server *server, const struct secret *key,
                                  const char *certificate, struct err *err)
{
    REQUIRE(server->is_tls && !server->is_quiet);
    struct engine *old = LIST_FIRST(&server->engines);
    if (engine_open(server, key, certificate, err) != ERR_OK) {
        return err->kind;
    }
    (void)MHD_quiesce_daemon(old->mhd);
    engine_wake(old);
    return ERR_OK;
}

void http_server_quiet(struct http_server *server)
{
    if (!server->is_quiet) {
        server->is_quiet = true;
        (void)MHD_quiesce_daemon(LIST_FIRST(&server->engines)->mhd);
        listen_close(&server->listen);
    }
}

struct closing_server {
    struct http_server *server;
    loop_closed_cb on_closed;
    void *owner;
};

static void on_all_closed(void *owner)
{
    struct closing_server *closing = owner;
    spare_deinit(&closing->server->spare_calls);
    mem_free(&closing->server);
    closing->on_closed(closing->owner);
    mem_free(&closing);
}

static void on_watch_closed(void *owner)
{
    struct http_server *server = owner;
    loop_closing_down(&server->closing);
}

// The library will not stop while a connection is suspended.
static void let_go(struct http_server *server)
{
    struct connection *connection = NULL;
    LIST_FOREACH(connection, &server->connections, link)
    {
        if (connection->call != NULL && connection->call->state == CALL_HANDED) {
            connection->call->state = CALL_SENT;
            MHD_resume_connection(connection->mhd);
        }
    }
}

void http_server_close(struct http_server *server, loop_closed_cb on_closed, void *owner)
{
    struct closing_server *closing = mem_alloc(1, sizeof(*closing));
    *closing = (struct closing_server){server, on_closed, owner};
    server->closing.on_closed = on_all_closed;
    server->closing.owner = closing;
    http_server_quiet(server);
    let_go(server);
    loop_closing_up(&server->closing);
    while (!LIST_EMPTY(&server->engines)) {
        engine_close(LIST_FIRST(&server->engines));
    }
    loop_timer_close(&server->watch, on_watch_closed);
}

const char *http_server_address(const struct http_server *server)
{
    return server->listen.address;
}

unsigned http_server_connections(const struct http_server *server)
{
    return server->connection_count;
}
