// SPDX-License-Identifier: MIT
//
// What goes wrong on the way: each fault has its kind, says what it was, and keeps the token.
#include "harness.h"
#include "mock_secmaster.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MEGABYTE = 1024 * 1024 };

#define TEN(text)     text text text text text text text text text text
#define HUNDRED(text) TEN(TEN(text))

struct fault {
    struct scripted_reply reply;
    enum err_kind kind;
    const char *text; // part of the message
};

static const struct fault FAULTS[] = {
    {{.bytes = "hello\r\n\r\n", .end = END_CLOSE}, ERR_CORRUPT, "HTTP/0.9"},
    {{.bytes = "HTTP/1.1 abc\r\n\r\n", .end = END_CLOSE}, ERR_CORRUPT, ""},
    {{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n"}, ERR_CORRUPT, "Content-Length"},
    {{.bytes = "HTTP/1.1 200 OK\r\nContent-Encoding: zebra\r\nContent-Length: 2\r\n\r\n{}"},
     ERR_CORRUPT,
     "encoding"},
    {{.bytes = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n"
               "no gzip here"},
     ERR_CORRUPT,
     "encoding"},
    {{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", .end = END_CLOSE},
     ERR_UNAVAILABLE,
     "with 98 bytes "},
    {{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", .end = END_RESET},
     ERR_UNAVAILABLE,
     "reset"},
    {{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
      .end = END_CLOSE},
     ERR_UNAVAILABLE,
     "remaining"},
    {{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"},
     ERR_UNAVAILABLE,
     "chunk"},
    {{.end = END_CLOSE}, ERR_UNAVAILABLE, "Empty reply"},
    {{.end = END_RESET}, ERR_UNAVAILABLE, "reset"},
    {{.bytes = "HTTP/1.1 200 OK\r\nA: b\r\n", .end = END_CLOSE},
     ERR_UNAVAILABLE,
     "within the headers"},
    {{.bytes = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n", .end = END_CLOSE},
     ERR_UNAVAILABLE,
     "within the headers"},
    {{.bytes = "HTTP/1.1 200 OK\r\n" HUNDRED(TEN("A: b\r\n")) "\r\n", .end = END_CLOSE},
     ERR_LIMIT,
     "headers"},
    {{.bytes = "HTTP/1.1 200 OK\r\nA: ", .fill_bytes = MEGABYTE}, ERR_LIMIT, ""},
    // Interim answers without end are headers, too.
    {{.bytes = HUNDRED(TEN("HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n")), .end = END_CLOSE},
     ERR_LIMIT,
     "headers"},
    {{.bytes = "HTTP/1.1 200 OK\r\n\r\n", .fill_bytes = 50LL * MEGABYTE, .end = END_CLOSE},
     ERR_LIMIT,
     "longer than 1048576 bytes"},
};

Test(failures, each_has_its_kind)
{
    for (size_t i = 0; i < sizeof(FAULTS) / sizeof(FAULTS[0]); i++) {
        struct harness harness;
        struct outcome outcome;
        char what[32];
        (void)snprintf(what, sizeof(what), "row %zu", i);
        harness_init(&harness);
        harness_serve(&harness, &FAULTS[i].reply, 1);
        harness_open(&harness);
        harness_fetch(&harness, NULL, &outcome);
        outcome_expect(&outcome, FAULTS[i].kind, FAULTS[i].text, what);
        cr_expect_eq(harness.server.requests, 1, "%s: tried again", what);
        outcome_deinit(&outcome);
        harness_close(&harness);
    }
}

Test(failures, a_body_past_the_limit_is_not_read_to_its_end)
{
    static const struct scripted_reply replies[] = {
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n",
         .fill_bytes = 50LL * MEGABYTE}};
    struct harness harness;
    struct outcome outcome;
    harness_init(&harness);
    harness_serve(&harness, replies, 1);
    harness_open(&harness);
    harness_fetch(&harness, NULL, &outcome);
    outcome_expect(&outcome, ERR_LIMIT, "longer than", "50 MB");
    // The rest is what the system's socket buffers took.
    cr_expect_lt(harness.server.filled, 20U * MEGABYTE);
    outcome_deinit(&outcome);
    harness_close(&harness);
}

Test(failures, a_gzip_bomb_is_stopped_at_the_limit)
{
    struct mock_secmaster *mock =
        mock_secmaster_start((const char *[]){"--token", TEST_TOKEN, NULL});
    struct harness harness;
    struct outcome outcome;
    char url[128];
    harness_init(&harness);
    harness_open(&harness);
    (void)snprintf(url, sizeof(url),
                   "http://127.0.0.1:%u/v2/p/workspaces/w/sa/baseline/compliance-packages/"
                   "mock-bomb-200",
                   (unsigned)mock_secmaster_port(mock));
    harness_fetch(&harness, url, &outcome);
    outcome_expect(&outcome, ERR_LIMIT, "longer than 1048576 bytes", "gzip bomb");
    outcome_deinit(&outcome);
    harness_close(&harness);
    mock_secmaster_stop(&mock);
}

Test(failures, requests_that_cannot_be_sent)
{
    static const struct {
        const char *url;
        const char *text;
    } rows[] = {
        {"", "URL"},
        {"no url at all", "URL"},
        {"ftp://example.com/", "scheme"},
        {"file:///etc/passwd", "URL"},
        {"https://user:hidden@example.com/", "URL"},
        {"https://exa mple.com/", "URL"},
        {"https://example.com:99999/", "URL"},
        {"https://b\xc3\xbc"
         "cher.example/",
         "host name"},
        {"https://example.com/a\r\nX-Injected: 1", "URL"},
    };
    struct harness harness;
    harness_init(&harness);
    harness_open(&harness);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct outcome outcome;
        harness_fetch(&harness, rows[i].url, &outcome);
        outcome_expect(&outcome, ERR_INVALID, rows[i].text, rows[i].url);
        cr_expect_null(strstr(outcome.err.message, "hidden"), "%s", outcome.err.message);
    }
    harness_close(&harness);
}

static void keep_outcome(void *context, const struct http_response *response, const struct err *err)
{
    struct outcome *outcome = context;
    outcome->calls++;
    outcome->status = response == NULL ? 0 : response->status;
    outcome->err = err == NULL ? ERR_INIT : *err;
}

Test(failures, headers_that_would_begin_another_header)
{
    static const struct http_header rows[] = {
        {.name = "X-Language", .value = "en-us\r\nX-Injected: 1"},
        {.name = "X-Language\r\nX-Injected", .value = "1"},
        {.name = "", .value = "1"},
        {.name = "X-Language", .value = "\xc3\xa9"},
    };
    struct harness harness;
    harness_init(&harness);
    harness_open(&harness);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct outcome outcome = {.calls = 0};
        const struct http_request request = {
            .url = "http://127.0.0.1:1/", .headers = &rows[i], .header_count = 1};
        (void)http_send(harness.client, &request, keep_outcome, &outcome);
        harness_wait(&harness, &outcome);
        outcome_expect(&outcome, ERR_INVALID, "header", "header");
    }
    harness_close(&harness);
}

Test(failures, plain_http_needs_leave)
{
    struct harness harness;
    struct outcome outcome;
    harness_init(&harness);
    harness.config.allow_plain_http = false;
    harness_open(&harness);
    harness_fetch(&harness, "http://127.0.0.1:1/", &outcome);
    outcome_expect(&outcome, ERR_INVALID, "plain HTTP is not allowed", "plain HTTP");
    harness_close(&harness);
}

Test(failures, a_missing_ca_file_is_said_at_the_start)
{
    struct harness harness;
    struct err err = ERR_INIT;
    harness_init(&harness);
    harness.config.ca_file = "/nonexistent/ca.pem";
    cr_expect_eq(http_client_create(&harness.loop, &harness.config, &harness.client, &err),
                 ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "/nonexistent/ca.pem"));
    cr_expect_eq(uv_loop_close(&harness.loop), 0);
}

// A socket on a free port of 127.0.0.1.
static int bind_socket(uint16_t *port_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port_out = ntohs(address.sin_port);
    return fd;
}

// libuv reports a refusal as UV_EBADF and stops polling.
Test(failures, a_refused_connection_is_noticed_at_once)
{
    uint16_t port = 0;
    int fd = bind_socket(&port); // bound, and not listening
    struct harness harness;
    struct outcome outcome;
    char url[64];
    harness_init(&harness);
    harness_open(&harness);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)port);
    harness_fetch(&harness, url, &outcome);
    outcome_expect(&outcome, ERR_UNAVAILABLE, "connect", "refused");
    (void)snprintf(url, sizeof(url), "http://localhost:%u/", (unsigned)port);
    harness_fetch(&harness, url, &outcome);
    outcome_expect(&outcome, ERR_UNAVAILABLE, "connect", "refused by name");
    harness_close(&harness);
    (void)close(fd);
}

Test(failures, a_name_that_does_not_exist)
{
    struct harness harness;
    struct outcome outcome;
    harness_init(&harness);
    harness_open(&harness);
    // A label has at most 63 bytes (RFC 1035), so no name server is asked.
    harness_fetch(&harness, "http://" TEN("abcdefghij") ".test/", &outcome);
    cr_expect(outcome.err.kind == ERR_UNAVAILABLE || outcome.err.kind == ERR_INVALID);
    outcome_expect(&outcome, outcome.err.kind, "abcdefghij", "long label");
    harness_close(&harness);
}

Test(failures, silence_and_slow_bytes_meet_the_total_timeout)
{
    static const struct scripted_reply replies[] = {
        {.bytes = NULL},
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" HUNDRED("abcdefghij"),
         .drip_ms = 5}};
    for (size_t i = 0; i < 2; i++) {
        struct harness harness;
        struct outcome outcome;
        harness_init(&harness);
        harness.config.total_timeout_ms = 150;
        harness_serve(&harness, &replies[i], 1);
        harness_open(&harness);
        harness_fetch(&harness, NULL, &outcome);
        outcome_expect(&outcome, ERR_TIMEOUT, "within 150 ms", "timeout");
        harness_close(&harness);
    }
}

Test(failures, a_connection_that_is_not_accepted_meets_the_connect_timeout)
{
    enum { CALLERS = 4 };
    uint16_t port = 0;
    int fd = bind_socket(&port);
    cr_assert_eq(listen(fd, 0), 0);
    // The backlog is full when a connection stays unanswered; Linux drops the next SYN.
    int callers[CALLERS];
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(callers[i], (const struct sockaddr *)&address, sizeof(address));
    }
    struct harness harness;
    struct outcome outcome;
    char url[64];
    harness_init(&harness);
    harness.config.connect_timeout_ms = 150;
    harness_open(&harness);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)port);
    harness_fetch(&harness, url, &outcome);
    outcome_expect(&outcome, ERR_TIMEOUT, "", "connect timeout");
    cr_expect_null(strstr(outcome.err.message, "no complete answer"), "the wrong limit: %s",
                   outcome.err.message);
    harness_close(&harness);
    for (size_t i = 0; i < CALLERS; i++) {
        (void)close(callers[i]);
    }
    (void)close(fd);
}
