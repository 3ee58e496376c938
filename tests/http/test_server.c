// SPDX-License-Identifier: MIT
//
// The server over loopback and Unix sockets: what reaches the handler, what does not, and that nobody
// holds a connection for longer than the limits say.
#include "loop_run.h"

#include "http/server.h"

#include "base/buf.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { RESPONSE_BYTES = 4 * 1024 * 1024, SHORT_MS = 300 };

struct stage {
    uv_loop_t loop;
    struct http_server_config config;
    struct http_server *server;
    bool answers_later;
    struct http_call *held;
    unsigned calls;
    char seen[4096]; // of the last call: method, path, query, body
    struct http_answer answer;
    bool is_closed;
};

struct client {
    struct stage *stage;
    uv_poll_t poll;
    int fd;
    struct buf got;
    bool is_over;
    bool is_closed;
    const char *wanted;
};

static void answer(struct stage *stage, struct http_call *call)
{
    http_call_answer(call, &stage->answer);
}

static void on_call(void *owner, struct http_call *call)
{
    struct stage *stage = owner;
    const struct http_incoming *in = http_call_incoming(call);
    stage->calls++;
    (void)snprintf(stage->seen, sizeof(stage->seen), "%.*s %.*s ?%.*s [%.*s] %s",
                   (int)in->method.len, in->method.bytes, (int)in->path.len, in->path.bytes,
                   (int)in->query.len, in->query.bytes, (int)in->body.len, in->body.bytes,
                   in->peer);
    if (stage->answers_later) {
        stage->held = call;
    } else {
        answer(stage, call);
    }
}

static void stage_init(struct stage *stage)
{
    static const struct http_answer_header HEADERS[] = {{"Content-Type", "text/plain"}};
    (void)signal(SIGPIPE, SIG_IGN);
    *stage = (struct stage){.config = {.listen = "127.0.0.1:0",
                                       .connections_max = 100,
                                       .header_bytes = 4096,
                                       .kept_bytes = 1024 * 1024,
                                       .body_bytes = 1000,
                                       .request_timeout_ms = 60000,
                                       .idle_timeout_ms = 60000},
                            .answer = {.status = 200,
                                       .headers = HEADERS,
                                       .header_count = 1,
                                       .body = span_of("hello"),
                                       .body_file = -1}};
    cr_assert_eq(uv_loop_init(&stage->loop), 0);
}

static void stage_open(struct stage *stage)
{
    struct err err = ERR_INIT;
    cr_assert_eq(
        http_server_create(&stage->loop, &stage->config, on_call, stage, &stage->server, &err),
        ERR_OK, "%s", err.message);
}

static void on_closed(void *owner)
{
    struct stage *stage = owner;
    stage->is_closed = true;
}

static void stage_close(struct stage *stage)
{
    http_server_close(stage->server, on_closed, stage);
    cr_assert(!stage->is_closed);
    cr_assert(loop_run_close(&stage->loop));
    cr_assert(stage->is_closed);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct client *client = (struct client *)poll->data;
    char bytes[65536];
    ssize_t len;
    while ((len = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        (void)buf_append(&client->got, bytes, (size_t)len);
    }
    if (len == 0 || (len < 0 && errno != EAGAIN)) {
        client->is_over = true;
        (void)uv_poll_stop(&client->poll);
    }
}

static int connect_to(const char *address)
{
    if (address[0] == '/') {
        struct sockaddr_un path = {.sun_family = AF_UNIX};
        (void)snprintf(path.sun_path, sizeof(path.sun_path), "%s", address);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        cr_assert_eq(connect(fd, (struct sockaddr *)&path, sizeof(path)), 0);
        return fd;
    }
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

static void client_send(struct client *client, const char *bytes, size_t len)
{
    cr_assert_eq(send(client->fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void client_open(struct client *client, struct stage *stage)
{
    *client = (struct client){.stage = stage};
    client->fd = connect_to(http_server_address(stage->server));
    buf_init(&client->got, RESPONSE_BYTES);
    cr_assert_eq(uv_poll_init(&stage->loop, &client->poll, client->fd), 0);
    client->poll.data = client;
    cr_assert_eq(uv_poll_start(&client->poll, UV_READABLE, on_readable), 0);
}

static bool is_over(void *context)
{
    const struct client *client = context;
    return client->is_over;
}

static bool has_wanted(void *context)
{
    const struct client *client = context;
    return client->is_over || strstr(buf_text(&client->got), client->wanted) != NULL;
}

static void client_await(struct client *client, const char *wanted)
{
    client->wanted = wanted;
    cr_assert(loop_run_until(&client->stage->loop, has_wanted, client));
    cr_assert(strstr(buf_text(&client->got), wanted) != NULL, "no \"%s\" in \"%s\"", wanted,
              buf_text(&client->got));
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    client->is_closed = true;
}

static bool is_client_closed(void *context)
{
    const struct client *client = context;
    return client->is_closed;
}

static void client_close(struct client *client)
{
    uv_close((uv_handle_t *)&client->poll, on_poll_closed);
    cr_assert(loop_run_until(&client->stage->loop, is_client_closed, client));
    (void)close(client->fd);
    buf_deinit(&client->got);
}

// Sends, and awaits the status and the end of the connection.
static void expect_refused(struct stage *stage, const char *request, size_t len, const char *status)
{
    struct client client;
    client_open(&client, stage);
    client_send(&client, request, len);
    cr_assert(loop_run_until(&stage->loop, is_over, &client), "still open after \"%.100s\"",
              request);
    cr_expect(strstr(buf_text(&client.got), status) != NULL, "\"%.100s\": not %s but \"%.100s\"",
              request, status, buf_text(&client.got));
    client_close(&client);
}

Test(server, hands_over_and_answers_on_a_lasting_connection)
{
    struct stage stage;
    struct client client;
    stage_init(&stage);
    stage_open(&stage);
    client_open(&client, &stage);
    static const char GET[] = "GET /a%20b?x=%2f&y HTTP/1.1\r\nHost: h\r\n\r\n";
    client_send(&client, GET, strlen(GET));
    client_await(&client, "\r\n\r\nhello");
    cr_expect_str_eq(stage.seen, "GET /a%20b ?x=%2f&y [] 127.0.0.1");
    cr_expect(strstr(buf_text(&client.got), "Content-Type: text/plain\r\n") != NULL);
    buf_reset(&client.got);
    static const char POST[] = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3\r\na=1\r\n4\r\n&b=2\r\n0\r\n\r\n";
    client_send(&client, POST, strlen(POST));
    client_await(&client, "\r\n\r\nhello");
    cr_expect_str_eq(stage.seen, "POST / ? [a=1&b=2] 127.0.0.1");
    cr_expect_eq(http_server_connections(stage.server), 1U);
    client_close(&client);
    stage_close(&stage);
}

static bool is_held(void *context)
{
    const struct stage *stage = context;
    return stage->held != NULL;
}

Test(server, answers_later_and_lets_go_of_what_was_not_answered)
{
    struct stage stage;
    struct client client;
    struct client other;
    stage_init(&stage);
    stage.answers_later = true;
    stage_open(&stage);
    client_open(&client, &stage);
    static const char GET[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    client_send(&client, GET, strlen(GET));
    cr_assert(loop_run_until(&stage.loop, is_held, &stage));
    cr_expect_eq(client.got.len, 0);
    answer(&stage, stage.held);
    client_await(&client, "\r\n\r\nhello");
    stage.held = NULL;
    client_open(&other, &stage);
    client_send(&other, GET, strlen(GET));
    cr_assert(loop_run_until(&stage.loop, is_held, &stage));
    client_close(&client);
    client_close(&other);
    stage_close(&stage);
}

// Nobody notices that the client went until the answer comes.
Test(server, answers_a_client_that_has_gone)
{
    struct stage stage;
    struct client client;
    stage_init(&stage);
    stage.answers_later = true;
    stage_open(&stage);
    client_open(&client, &stage);
    static const char GET[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    client_send(&client, GET, strlen(GET));
    cr_assert(loop_run_until(&stage.loop, is_held, &stage));
    client_close(&client);
    answer(&stage, stage.held);
    stage_close(&stage);
}

Test(server, lets_in_who_waits_when_another_goes)
{
    struct stage stage;
    struct client inside;
    struct client outside;
    stage_init(&stage);
    stage.config.connections_max = 1;
    stage_open(&stage);
    static const char GET[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    client_open(&inside, &stage);
    client_send(&inside, GET, strlen(GET));
    client_await(&inside, "hello");
    client_open(&outside, &stage);
    client_send(&outside, GET, strlen(GET));
    buf_reset(&inside.got);
    client_send(&inside, GET, strlen(GET));
    client_await(&inside, "hello");
    cr_expect_eq(stage.calls, 2U);
    cr_expect_eq(outside.got.len, 0U);
    client_close(&inside);
    client_await(&outside, "hello");
    cr_expect_eq(stage.calls, 3U);
    client_close(&outside);
    stage_close(&stage);
}

static bool has_no_connection(void *context)
{
    const struct stage *stage = context;
    return http_server_connections(stage->server) == 0;
}

Test(server, keeps_no_more_connections_than_it_may)
{
    struct stage stage;
    struct client kept;
    struct client other;
    stage_init(&stage);
    stage.config.kept_bytes = 60000;
    stage_open(&stage);
    static const char GET[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    for (unsigned round = 0; round < 2; round++) {
        client_open(&kept, &stage);
        for (unsigned n = 0; n < 3; n++) {
            buf_reset(&kept.got);
            client_send(&kept, GET, strlen(GET));
            client_await(&kept, "hello");
            cr_expect_null(strstr(buf_text(&kept.got), "Connection:"));
            client_open(&other, &stage);
            client_send(&other, GET, strlen(GET));
            client_await(&other, "hello");
            cr_expect_not_null(strstr(buf_text(&other.got), "Connection: close\r\n"));
            cr_expect(loop_run_until(&stage.loop, is_over, &other));
            client_close(&other);
        }
        client_close(&kept);
        cr_expect(loop_run_until(&stage.loop, has_no_connection, &stage));
    }
    stage_close(&stage);
}

Test(server, keeps_none_when_it_may_not)
{
    struct stage stage;
    struct client client;
    stage_init(&stage);
    stage.config.kept_bytes = 0;
    stage_open(&stage);
    static const char GET[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    client_open(&client, &stage);
    client_send(&client, GET, strlen(GET));
    client_await(&client, "hello");
    cr_expect(loop_run_until(&stage.loop, is_over, &client));
    client_close(&client);
    stage_close(&stage);
}

Test(server, refuses_what_could_be_read_in_two_ways)
{
    struct stage stage;
    stage_init(&stage);
    stage_open(&stage);
#define REFUSED(text, status) expect_refused(&stage, text, sizeof(text) - 1, "HTTP/1.1 " status)
    REFUSED("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
            "0\r\n\r\n",
            "400");
    REFUSED("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "400");
    REFUSED("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc", "400");
    REFUSED("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\nabc", "400");
    REFUSED("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc", "400");
    // 501 of ours; libmicrohttpd 1.0 is faster, with 400.
    REFUSED("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "");
    REFUSED("GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", "400");
    REFUSED("GET / HTTP/1.1\r\n\r\n", "400");
    REFUSED("GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", "400");
    REFUSED("GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", "400");
    REFUSED("GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", "400");
    REFUSED("GET / HTTP/1.1\r\nHost: h\r\nX: a\x01\r\n\r\n", "400");
    REFUSED("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", "413");
    REFUSED("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n", "4");
    cr_expect_eq(stage.calls, 0U, "%u requests reached the handler", stage.calls);
    stage_close(&stage);
}

Test(server, refuses_too_much)
{
    struct stage stage;
    stage_init(&stage);
    stage_open(&stage);
    struct buf text;
    buf_init(&text, 1024UL * 1024);
    (void)buf_append_text(&text, "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; i++) {
        (void)buf_append_format(&text, "64\r\n%0100d\r\n", i);
    }
    (void)buf_append_text(&text, "0\r\n\r\n");
    expect_refused(&stage, buf_text(&text), text.len, "HTTP/1.1 413");
    buf_reset(&text);
    (void)buf_append_text(&text, "GET / HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; i < 65; i++) {
        (void)buf_append_format(&text, "a%d: b\r\n", i);
    }
    (void)buf_append_text(&text, "\r\n");
    expect_refused(&stage, buf_text(&text), text.len, "HTTP/1.1 431");
    buf_reset(&text);
    (void)buf_append_format(&text, "GET / HTTP/1.1\r\nHost: h\r\nX: %08000d\r\n\r\n", 1);
    expect_refused(&stage, buf_text(&text), text.len, "HTTP/1.1 431");
    buf_reset(&text);
    (void)buf_append_format(&text, "GET /%08000d HTTP/1.1\r\nHost: h\r\n\r\n", 1);
    expect_refused(&stage, buf_text(&text), text.len, "HTTP/1.1 414");
    cr_expect_eq(stage.calls, 0U);
    buf_deinit(&text);
    stage_close(&stage);
}

// ---- time

static bool drip(void *context)
{
    struct client *client = context;
    (void)send(client->fd, "x", 1, MSG_NOSIGNAL);
    return client->is_over;
}

Test(server, cuts_who_is_silent_and_who_drips)
{
    struct stage stage;
    struct client silent;
    struct client dripping;
    stage_init(&stage);
    stage.config.idle_timeout_ms = SHORT_MS;
    stage.config.request_timeout_ms = SHORT_MS;
    stage_open(&stage);
    client_open(&silent, &stage);
    cr_assert(loop_run_until(&stage.loop, is_over, &silent));
    client_open(&dripping, &stage);
    static const char HEAD[] = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\nX: ";
    client_send(&dripping, HEAD, strlen(HEAD));
    cr_assert(loop_run_until(&stage.loop, drip, &dripping));
    cr_expect_eq(stage.calls, 0U);
    client_close(&silent);
    client_close(&dripping);
    stage_close(&stage);
}

// ---- addresses

Test(server, listens_on_a_unix_socket)
{
    struct stage stage;
    struct client client;
    char folder[] = "/tmp/packreport-server.XXXXXX";
    cr_assert(mkdtemp(folder) != NULL);
    char *path = mem_format("%s/door", folder);
    stage_init(&stage);
    stage.config.listen = path;
    stage.config.is_local_only = true;
    stage_open(&stage);
    struct stat status;
    cr_assert_eq(lstat(path, &status), 0);
    cr_expect_eq(status.st_mode & 07777U, 0660U & ~umask(0));
    struct err err = ERR_INIT;
    struct http_server *second = NULL;
    cr_expect_eq(http_server_create(&stage.loop, &stage.config, on_call, &stage, &second, &err),
                 ERR_UNAVAILABLE);
    client_open(&client, &stage);
    static const char GET[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    client_send(&client, GET, strlen(GET));
    client_await(&client, "\r\n\r\nhello");
    cr_expect_str_eq(stage.seen, "GET / ? [] ");
    client_close(&client);
    stage_close(&stage);
    cr_expect_eq(lstat(path, &status), -1, "the socket's file is still there");
    (void)rmdir(folder);
    mem_free(&path);
}

Test(server, says_what_is_wrong_with_an_address)
{
    static const struct {
        const char *listen;
        enum err_kind kind;
    } CASES[] = {
        {"", ERR_CONFIG},
        {"8080", ERR_CONFIG},
        {"127.0.0.1", ERR_CONFIG},
        {"::1:80", ERR_CONFIG},
        {"127.0.0.1:99999", ERR_CONFIG},
        {"127.0.0.1:", ERR_CONFIG},
        {"127.0.0.1:x", ERR_CONFIG},
        {"/dev/null", ERR_CONFIG},
        {"*:0", ERR_CONFLICT},
        {"0.0.0.0:0", ERR_CONFLICT},
        {"192.0.2.1:0", ERR_CONFIG},
    };
    struct stage stage;
    stage_init(&stage);
    stage.config.is_local_only = true;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct err err = ERR_INIT;
        stage.config.listen = CASES[i].listen;
        cr_expect_eq(
            http_server_create(&stage.loop, &stage.config, on_call, &stage, &stage.server, &err),
            CASES[i].kind, "%s: %s", CASES[i].listen, err.message);
        cr_expect(strlen(err.message) > 20);
    }
    cr_assert(loop_run_close(&stage.loop));
}

// ---- large answers

Test(server, sends_a_part_of_a_file)
{
    struct stage stage;
    struct client client;
    FILE *file = tmpfile();
    for (int i = 0; i < 100000; i++) {
        (void)fprintf(file, "%09d\n", i);
    }
    (void)fflush(file);
    stage_init(&stage);
    stage.answer.body_file = dup(fileno(file));
    stage.answer.file_offset = 10;
    stage.answer.file_len = 999990;
    stage.answer.is_last = true;
    stage_open(&stage);
    client_open(&client, &stage);
    static const char GET[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    client_send(&client, GET, strlen(GET));
    cr_assert(loop_run_until(&stage.loop, is_over, &client));
    const char *body = strstr(buf_text(&client.got), "\r\n\r\n") + 4;
    cr_expect_eq(client.got.len - (size_t)(body - client.got.data), 999990);
    cr_expect_eq(strncmp(body, "000000001\n", 10), 0);
    cr_expect(strstr(buf_text(&client.got), "Connection: close") != NULL);
    (void)fclose(file);
    client_close(&client);
    stage_close(&stage);
}
