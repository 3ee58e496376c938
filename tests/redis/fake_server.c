// SPDX-License-Identifier: MIT
#include "fake_server.h"

#include "base/check.h"
#include "base/mem.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { CLIENTS_MAX = 64, BUFFER_BYTES = 64 * 1024 };

struct fake_client {
    uv_tcp_t handle;
    struct fake_server *server;
    size_t commands; // seen so far
    char last;       // byte seen last
};

struct fake_server {
    uv_tcp_t handle;
    struct fake_script script;
    uint16_t port;
    unsigned open_handles;
    unsigned client_count;
    struct fake_client *clients[CLIENTS_MAX];
    char buffer[BUFFER_BYTES];
};

const char *fake_info(const char *text)
{
    static char bulk[4096];
    (void)snprintf(bulk, sizeof(bulk), "$%zu\r\n%s\r\n", strlen(text), text);
    return bulk;
}

static void release(struct fake_server *server)
{
    if (--server->open_handles == 0) {
        for (size_t i = 0; i < server->client_count; i++) {
            mem_free(&server->clients[i]);
        }
        mem_free(&server);
    }
}

static void on_handle_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void end_client(struct fake_client *client)
{
    if (uv_is_closing((uv_handle_t *)&client->handle)) {
        return;
    }
    if (client->server->script.ending == FAKE_RESET) {
        (void)uv_tcp_close_reset(&client->handle, on_handle_closed);
    } else {
        uv_close((uv_handle_t *)&client->handle, on_handle_closed);
    }
}

static void say(struct fake_client *client, const char *text)
{
    uv_buf_t bytes = uv_buf_init((char *)text, (unsigned)strlen(text));
    int written = uv_try_write((uv_stream_t *)&client->handle, &bytes, 1);
    REQUIRE(written == (int)bytes.len);
}

static void on_command(struct fake_client *client)
{
    const struct fake_script *script = &client->server->script;
    size_t known = 0;
    while (script->answers != NULL && script->answers[known] != NULL) {
        known++;
    }
    if (client->commands < known) {
        say(client, script->answers[client->commands]);
    } else if (script->ending != FAKE_SILENCE) {
        end_client(client);
    }
    client->commands++;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct fake_server *server = handle->data;
    *buf = uv_buf_init(server->buffer, sizeof(server->buffer));
}

// Each line that begins with '*' is a command; no argument of these tests has such a line.
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct fake_client *client = container_of((uv_tcp_t *)stream, struct fake_client, handle);
    if (count < 0) {
        end_client(client);
        return;
    }
    for (ssize_t i = 0; i < count && !uv_is_closing((uv_handle_t *)stream); i++) {
        if (client->last == '\n' && buf->base[i] == '*') {
            on_command(client);
        }
        client->last = buf->base[i];
    }
}

static void on_client(uv_stream_t *stream, int status)
{
    struct fake_server *server = stream->data;
    REQUIRE(status == 0 && server->client_count < CLIENTS_MAX);
    struct fake_client *client = mem_alloc(1, sizeof(*client));
    server->clients[server->client_count++] = client;
    server->open_handles++;
    client->server = server;
    client->last = '\n';
    (void)uv_tcp_init(stream->loop, &client->handle);
    client->handle.data = server;
    (void)uv_accept(stream, (uv_stream_t *)&client->handle);
    (void)uv_read_start((uv_stream_t *)&client->handle, on_alloc, on_read);
    if (server->script.hello != NULL) {
        say(client, server->script.hello);
    }
    if (server->script.answers == NULL && server->script.ending != FAKE_SILENCE) {
        end_client(client);
    }
}

struct fake_server *fake_server_start(uv_loop_t *loop, const struct fake_script *script)
{
    struct fake_server *server = mem_alloc(1, sizeof(*server));
    server->script = *script;
    server->open_handles = 1;
    (void)uv_tcp_init(loop, &server->handle);
    server->handle.data = server;
    struct sockaddr_in address;
    (void)uv_ip4_addr("127.0.0.1", 0, &address);
    int status = uv_tcp_bind(&server->handle, (const struct sockaddr *)&address, 0);
    REQUIRE(status == 0);
    status = uv_listen((uv_stream_t *)&server->handle, 16, on_client);
    REQUIRE(status == 0);
    int len = sizeof(address);
    (void)uv_tcp_getsockname(&server->handle, (struct sockaddr *)&address, &len);
    server->port = ntohs(address.sin_port);
    return server;
}

uint16_t fake_server_port(const struct fake_server *server)
{
    return server->port;
}

unsigned fake_server_clients(const struct fake_server *server)
{
    return server->client_count;
}

void fake_server_stop(struct fake_server *server)
{
    for (size_t i = 0; i < server->client_count; i++) {
        if (!uv_is_closing((uv_handle_t *)&server->clients[i]->handle)) {
            uv_close((uv_handle_t *)&server->clients[i]->handle, on_handle_closed);
        }
    }
    uv_close((uv_handle_t *)&server->handle, on_handle_closed);
}
