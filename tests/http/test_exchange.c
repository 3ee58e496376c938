// SPDX-License-Identifier: MIT
//
// The addresses that were given are the ones used: curl itself resolves no name, because that would
// make a cancel wait.
#include "curl_loop.h"
#include "exchange.h"
#include "loop_run.h"
#include "resolve.h"
#include "scripted_server.h"

#include <criterion/criterion.h>
#include <stdio.h>

static bool is_done;
static CURLcode done_with;

static void on_done(CURL *easy, CURLcode result)
{
    (void)easy;
    is_done = true;
    done_with = result;
}

static bool has_ended(void *context)
{
    (void)context;
    return is_done;
}

static void fetch(struct scripted_server *server, const char *host, const char *addresses)
{
    static const struct http_config config = {.connect_timeout_ms = 60000,
                                              .body_limit_bytes = 1000,
                                              .allow_plain_http = true,
                                              .user_agent = "test"};
    struct curl_loop curl;
    struct loop_closing closing = {0};
    struct exchange exchange;
    struct err err = ERR_INIT;
    char url[64];
    (void)snprintf(url, sizeof(url), "http://%s:%u/", host, (unsigned)server->port);
    const struct http_request request = {.url = url};
    cr_assert_eq(exchange_init(&exchange, &config, &request, &err), ERR_OK, "%s", err.message);
    exchange_set_addresses(&exchange, addresses);
    curl_loop_init(&curl, server->loop, &closing, on_done);
    is_done = false;
    curl_loop_add(&curl, exchange.easy);
    cr_assert(loop_run_until(server->loop, has_ended, NULL));
    cr_expect_eq(done_with, CURLE_OK, "%s", exchange.detail);
    curl_loop_remove(&curl, exchange.easy);
    exchange_deinit(&exchange);
    curl_loop_stop(&curl);
    while (closing.open_handles > 0) {
        (void)uv_run(server->loop, UV_RUN_ONCE);
    }
}

Test(exchange, uses_the_addresses_that_it_was_given)
{
    static const struct scripted_reply replies[] = {
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}};
    uv_loop_t loop;
    struct scripted_server server;
    cr_assert_eq(uv_loop_init(&loop), 0);
    scripted_server_open(&server, &loop, replies, 1);
    // A name that no resolver knows (RFC 6761).
    fetch(&server, "packreport.invalid", "127.0.0.1");
    // Of several addresses, the next is tried when one refuses.
    fetch(&server, "PackReport.invalid", "[::1],127.0.0.1");
    cr_expect_eq(server.requests, 2);
    scripted_server_close(&server);
    cr_expect(loop_run_close(&loop));
    curl_api()->global_cleanup();
}
