// SPDX-License-Identifier: MIT
#include "harness.h"

#include "loop_run.h"

#include "base/mem.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

void harness_init(struct harness *harness)
{
    (void)signal(SIGPIPE, SIG_IGN); // as the daemon does: OpenSSL writes with write(2)
    *harness = (struct harness){.config = {.connect_timeout_ms = 60000,
                                           .total_timeout_ms = 90000,
                                           .body_limit_bytes = 1024 * 1024,
                                           .allow_plain_http = true,
                                           .user_agent = "packreport/test",
                                           .connections_per_host = 8}};
    cr_assert_eq(uv_loop_init(&harness->loop), 0);
}

void harness_serve(struct harness *harness, const struct scripted_reply *replies, size_t count)
{
    scripted_server_open(&harness->server, &harness->loop, replies, count);
    harness->has_server = true;
}

void harness_open(struct harness *harness)
{
    struct err err = ERR_INIT;
    enum err_kind kind =
        http_client_create(&harness->loop, &harness->config, &harness->client, &err);
    cr_assert_eq(kind, ERR_OK, "%s", err.message);
}

static void on_closed(void *owner)
{
    struct harness *harness = owner;
    harness->closed++;
}

void harness_close(struct harness *harness)
{
    http_client_close(harness->client, on_closed, harness);
    cr_assert_eq(harness->closed, 0, "on_closed came before http_client_close returned");
    if (harness->has_server) {
        scripted_server_close(&harness->server);
    }
    cr_assert(loop_run_close(&harness->loop));
    cr_assert_eq(harness->closed, 1);
}

static void on_done(void *context, const struct http_response *response, const struct err *err)
{
    struct outcome *outcome = context;
    outcome->calls++;
    cr_assert((response == NULL) != (err == NULL), "exactly one of the two");
    if (err != NULL) {
        outcome->err = *err;
        return;
    }
    outcome->status = response->status;
    outcome->retry_after_ms = response->retry_after_ms;
    cr_assert(
        text_copy(outcome->content_type, sizeof(outcome->content_type), response->content_type));
    cr_assert(text_copy(outcome->request_id, sizeof(outcome->request_id), response->request_id));
    cr_assert_geq(response->total_ms, 0);
    outcome->body_len = response->body->len;
    outcome->body = buf_take(response->body);
}

struct http_transfer *harness_send(struct harness *harness, const struct http_request *request,
                                   struct outcome *outcome)
{
    *outcome = (struct outcome){.calls = 0};
    struct http_transfer *transfer = http_send(harness->client, request, on_done, outcome);
    cr_assert_eq(outcome->calls, 0, "the callback came before http_send returned");
    return transfer;
}

struct http_transfer *harness_get(struct harness *harness, const char *url, struct outcome *outcome)
{
    char own_url[64];
    (void)snprintf(own_url, sizeof(own_url), "http://127.0.0.1:%u/some/path",
                   (unsigned)harness->server.port);
    struct secret *token = secret_create(TEST_TOKEN, strlen(TEST_TOKEN));
    const struct http_header headers[] = {
        {.name = "X-Auth-Token", .secret = token},
        {.name = "content-type", .value = "application/json;charset=UTF-8"},
        {.name = "X-Language", .value = "en-us"}};
    const struct http_request request = {
        .url = url != NULL ? url : own_url, .headers = headers, .header_count = 3};
    struct http_transfer *transfer = harness_send(harness, &request, outcome);
    secret_destroy(&token); // the request is copied
    return transfer;
}

static bool has_come(void *context)
{
    const struct outcome *outcome = context;
    return outcome->calls > 0;
}

void harness_wait(struct harness *harness, struct outcome *outcome)
{
    cr_assert(loop_run_until(&harness->loop, has_come, outcome), "no callback");
    cr_assert_eq(outcome->calls, 1);
}

void harness_fetch(struct harness *harness, const char *url, struct outcome *outcome)
{
    (void)harness_get(harness, url, outcome);
    harness_wait(harness, outcome);
}

void outcome_deinit(struct outcome *outcome)
{
    mem_free(&outcome->body);
}

void outcome_expect(const struct outcome *outcome, enum err_kind kind, const char *text,
                    const char *what)
{
    const struct err *err = &outcome->err;
    cr_expect_eq(outcome->calls, 1, "%s: %u calls", what, outcome->calls);
    cr_expect_eq(outcome->status, 0, "%s: a response: %d", what, outcome->status);
    cr_expect_eq(err->kind, kind, "%s: %s, \"%s\"", what, err_kind_text(err->kind), err->message);
    cr_expect_not_null(strstr(err->message, text), "%s: \"%s\"", what, err->message);
    cr_expect_null(strstr(err->message, TEST_TOKEN), "%s: \"%s\"", what, err->message);
}
