// SPDX-License-Identifier: MIT
#include "scripted_server.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FILL_CHUNK_BYTES = 64 * 1024, BACKLOG = 128 };

static char fill_chunk[FILL_CHUNK_BYTES];

struct connection {
    uv_tcp_t tcp;
    uv_timer_t drip;
    uv_write_t write;
    struct scripted_server *server;
    const struct scripted_reply *reply;
    size_t sent; // bytes of the reply, dripped
    uint64_t left_to_fill;
    unsigned open_handles;
    size_t head_len;
    char head[8192];
    char read_buffer[4096];
};

static void on_handle_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    if (--connection->open_handles == 0) {
        connection->server->open--;
        free(connection);
    }
}

static void connection_close(struct connection *connection, bool reset)
{
    if (uv_is_closing((uv_handle_t *)&connection->tcp)) {
        return;
    }
    uv_close((uv_handle_t *)&connection->drip, on_handle_closed);
    if (!reset || uv_tcp_close_reset(&connection->tcp, on_handle_closed) != 0) {
        uv_close((uv_handle_t *)&connection->tcp, on_handle_closed);
    }
}

static void reply_end(struct connection *connection)
{
    if (connection->reply->end != END_KEEP) {
        connection_close(connection, connection->reply->end == END_RESET);
    }
}

static void on_written(uv_write_t *write, int status);

static void fill(struct connection *connection)
{
    uint64_t len =
        connection->left_to_fill < FILL_CHUNK_BYTES ? connection->left_to_fill : FILL_CHUNK_BYTES;
    uv_buf_t chunk = uv_buf_init(fill_chunk, (unsigned)len);
    connection->left_to_fill -= len;
    connection->server->filled += len;
    (void)uv_write(&connection->write, (uv_stream_t *)&connection->tcp, &chunk, 1, on_written);
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = write->data;
    if (status != 0) {
        connection_close(connection, false);
    } else if (connection->left_to_fill > 0) {
        fill(connection);
    } else {
        reply_end(connection);
    }
}

static void on_drip(uv_timer_t *timer)
{
    struct connection *connection = timer->data;
    const struct scripted_reply *reply = connection->reply;
    uv_buf_t byte = uv_buf_init((char *)reply->bytes + connection->sent, 1);
    (void)uv_try_write((uv_stream_t *)&connection->tcp, &byte, 1);
    if (++connection->sent == strlen(reply->bytes)) {
        (void)uv_timer_stop(timer);
        reply_end(connection);
    }
}

static void answer(struct connection *connection)
{
    struct scripted_server *server = connection->server;
    size_t index =
        server->requests < server->reply_count ? server->requests : server->reply_count - 1;
    const struct scripted_reply *reply = &server->replies[index];
    server->requests++;
    memcpy(server->last_request, connection->head, sizeof(connection->head));
    connection->head_len = 0;
    connection->reply = reply;
    connection->left_to_fill = reply->fill_bytes;
    connection->sent = 0;
    if (reply->bytes == NULL) {
        reply_end(connection);
    } else if (reply->drip_ms > 0) {
        (void)uv_timer_start(&connection->drip, on_drip, 0, reply->drip_ms);
    } else {
        size_t len = reply->len > 0 ? reply->len : strlen(reply->bytes);
        uv_buf_t bytes = uv_buf_init((char *)reply->bytes, (unsigned)len);
        (void)uv_write(&connection->write, (uv_stream_t *)&connection->tcp, &bytes, 1, on_written);
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    struct connection *connection = handle->data;
    *out = uv_buf_init(connection->read_buffer, sizeof(connection->read_buffer));
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes)
{
    struct connection *connection = stream->data;
    if (len < 0) {
        connection_close(connection, false);
        return;
    }
    assert(connection->head_len + (size_t)len < sizeof(connection->head));
    memcpy(connection->head + connection->head_len, bytes->base, (size_t)len);
    connection->head_len += (size_t)len;
    connection->head[connection->head_len] = '\0';
    if (strstr(connection->head, "\r\n\r\n") != NULL) {
        answer(connection);
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    assert(status == 0);
    struct scripted_server *server = listener->data;
    struct connection *connection = calloc(1, sizeof(*connection));
    assert(connection != NULL);
    connection->server = server;
    connection->open_handles = 2;
    (void)uv_tcp_init(server->loop, &connection->tcp);
    (void)uv_timer_init(server->loop, &connection->drip);
    connection->tcp.data = connection;
    connection->drip.data = connection;
    connection->write.data = connection;
    status = uv_accept(listener, (uv_stream_t *)&connection->tcp);
    assert(status == 0);
    server->connections++;
    server->open++;
    (void)uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read);
}

void scripted_server_open(struct scripted_server *server, uv_loop_t *loop,
                          const struct scripted_reply *replies, size_t count)
{
    memset(fill_chunk, 'x', sizeof(fill_chunk));
    *server = (struct scripted_server){.loop = loop, .replies = replies, .reply_count = count};
    struct sockaddr_in address;
    int len = sizeof(address);
    int status = uv_ip4_addr("127.0.0.1", 0, &address);
    status |= uv_tcp_init(loop, &server->listener);
    server->listener.data = server;
    status |= uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0);
    status |= uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
    status |= uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &len);
    assert(status == 0);
    server->port = ntohs(address.sin_port);
}

void scripted_server_close(struct scripted_server *server)
{
    uv_close((uv_handle_t *)&server->listener, NULL);
}
