// SPDX-License-Identifier: MIT
//
// What goes right: requests, answers, reuse of connections, many at once.
#include "harness.h"
#include "loop_run.h"
#include "mock_secmaster.h"

#include "base/clock.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER(extra, body_len, body)                                                              \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" extra "Content-Length: " body_len      \
    "\r\n\r\n" body

static const struct scripted_reply OK[] = {{.bytes = ANSWER("", "2", "{}")}};

Test(client, hands_over_status_headers_and_body)
{
    static const struct scripted_reply replies[] = {
        {.bytes = "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nX-Request-Id: abc-1\r\n"
                  "Content-Length: 5\r\n\r\nhello"}};
    struct harness harness;
    struct outcome outcome;
    harness_init(&harness);
    harness_serve(&harness, replies, 1);
    harness_open(&harness);
    harness_fetch(&harness, NULL, &outcome);
    cr_expect_eq(outcome.status, 404);
    cr_expect_str_eq(outcome.content_type, "text/plain");
    cr_expect_str_eq(outcome.request_id, "abc-1");
    cr_expect_eq(outcome.retry_after_ms, 0);
    cr_expect_str_eq(outcome.body, "hello");
    outcome_deinit(&outcome);
    harness_close(&harness);
}

Test(client, sends_what_the_request_says_and_nothing_from_the_environment)
{
    cr_assert_eq(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    cr_assert_eq(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
    struct harness harness;
    struct outcome outcome;
    harness_init(&harness);
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    harness_fetch(&harness, NULL, &outcome);
    cr_expect_eq(outcome.status, 200);
    const char *head = harness.server.last_request;
    cr_expect(strncmp(head, "GET /some/path HTTP/1.1\r\n", 25) == 0, "%s", head);
    cr_expect_not_null(strstr(head, "\r\nX-Auth-Token: " TEST_TOKEN "\r\n"), "%s", head);
    cr_expect_not_null(strstr(head, "\r\nX-Language: en-us\r\n"), "%s", head);
    cr_expect_not_null(strstr(head, "\r\nAccept-Encoding: gzip\r\n"), "%s", head);
    cr_expect_not_null(strstr(head, "\r\nUser-Agent: packreport/test\r\n"), "%s", head);
    outcome_deinit(&outcome);
    harness_close(&harness);
}

static bool has_answer(void *context)
{
    return ((const struct outcome *)context)->calls > 0;
}

Test(client, sends_a_body_with_its_length)
{
    static const char body[] = "{\"limit\":1}";
    struct harness harness;
    struct outcome outcome;
    char url[96];
    harness_init(&harness);
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/search", (unsigned)harness.server.port);
    const struct http_header type = {.name = "content-type", .value = "application/json"};
    const struct http_request request = {
        .url = url, .headers = &type, .header_count = 1, .body = {body, sizeof(body) - 1}};
    (void)harness_send(&harness, &request, &outcome);
    cr_assert(loop_run_until(&harness.loop, has_answer, &outcome));
    cr_expect_eq(outcome.status, 200);
    const char *head = harness.server.last_request;
    cr_expect(strncmp(head, "POST /search HTTP/1.1\r\n", 23) == 0, "%s", head);
    cr_expect_not_null(strstr(head, "\r\nContent-Length: 11\r\n"), "%s", head);
    cr_expect_not_null(strstr(head, "\r\ncontent-type: application/json\r\n"), "%s", head);
    cr_expect_null(strstr(head, "Expect:"), "%s", head);
    outcome_deinit(&outcome);
    harness_close(&harness);
}

Test(client, sends_the_path_as_it_is)
{
    struct harness harness;
    struct outcome outcome;
    char url[96];
    harness_init(&harness);
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/a/../b%%2Fc",
                   (unsigned)harness.server.port);
    harness_fetch(&harness, url, &outcome);
    cr_expect(strncmp(harness.server.last_request, "GET /a/../b%2Fc HTTP", 20) == 0, "%s",
              harness.server.last_request);
    outcome_deinit(&outcome);
    harness_close(&harness);
}

Test(client, follows_no_redirect)
{
    static const struct scripted_reply replies[] = {
        {.bytes = "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"}};
    struct harness harness;
    struct outcome outcome;
    harness_init(&harness);
    harness_serve(&harness, replies, 1);
    harness_open(&harness);
    harness_fetch(&harness, NULL, &outcome);
    cr_expect_eq(outcome.status, 302);
    cr_expect_eq(harness.server.requests, 1);
    outcome_deinit(&outcome);
    harness_close(&harness);
}

Test(client, reads_chunks_and_bodies_that_end_with_the_connection)
{
    static const struct scripted_reply replies[] = {
        {.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0"
                  "\r\nTrailer: x\r\n\r\n",
         .drip_ms = 1},
        {.bytes = "HTTP/1.1 200 OK\r\n\r\nabcde", .end = END_CLOSE}};
    struct harness harness;
    harness_init(&harness);
    harness_serve(&harness, replies, 2);
    harness_open(&harness);
    for (int i = 0; i < 2; i++) {
        struct outcome outcome;
        harness_fetch(&harness, NULL, &outcome);
        cr_expect_eq(outcome.status, 200);
        cr_expect_str_eq(outcome.body, "abcde");
        outcome_deinit(&outcome);
    }
    harness_close(&harness);
}

Test(client, decodes_gzip)
{
    struct harness harness;
    struct outcome outcome;
    struct mock_secmaster *mock =
        mock_secmaster_start((const char *[]){"--token", TEST_TOKEN, NULL});
    char url[128];
    harness_init(&harness);
    harness_open(&harness);
    (void)snprintf(url, sizeof(url),
                   "http://127.0.0.1:%u/v2/p/workspaces/w/sa/baseline/compliance-packages/"
                   "mock-gzip",
                   (unsigned)mock_secmaster_port(mock));
    harness_fetch(&harness, url, &outcome);
    cr_expect_eq(outcome.status, 200);
    cr_expect(text_starts_with(outcome.body, "{\"uuid\":\"mock-gzip\","), "%s", outcome.body);
    outcome_deinit(&outcome);
    harness_close(&harness);
    mock_secmaster_stop(&mock);
}

Test(client, understands_retry_after)
{
    char in_30_s[128];
    char date[64];
    time_t then = time(NULL) + 30;
    struct tm parts;
    cr_assert_not_null(gmtime_r(&then, &parts));
    cr_assert(strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0);
    (void)snprintf(in_30_s, sizeof(in_30_s),
                   "HTTP/1.1 429 No\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", date);
#define TOO_MANY(value) "HTTP/1.1 429 No\r\nRetry-After: " value "\r\nContent-Length: 0\r\n\r\n"
    const struct scripted_reply replies[] = {
        {.bytes = TOO_MANY("7")},
        {.bytes = TOO_MANY("0")},
        {.bytes = TOO_MANY("-5")},
        {.bytes = TOO_MANY("9000000000000000000")},
        {.bytes = TOO_MANY("20060102")},
        {.bytes = TOO_MANY("soon")},
        {.bytes = TOO_MANY("Sun, 06 Nov 1994 08:49:37 GMT")},
        {.bytes = TOO_MANY("Fri, 31 Dec 9999 23:59:59 GMT")},
        {.bytes = in_30_s},
    };
    static const int64_t least_ms[] = {7000, 0, 0, 3600000, 3600000, 0, 0, 3600000, 20000};
    static const int64_t most_ms[] = {7000, 0, 0, 3600000, 3600000, 0, 0, 3600000, 30000};
    struct harness harness;
    harness_init(&harness);
    harness_serve(&harness, replies, sizeof(replies) / sizeof(replies[0]));
    harness_open(&harness);
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        struct outcome outcome;
        harness_fetch(&harness, NULL, &outcome);
        cr_expect_eq(outcome.status, 429);
        cr_expect(outcome.retry_after_ms >= least_ms[i] && outcome.retry_after_ms <= most_ms[i],
                  "row %zu: %lld ms", i, (long long)outcome.retry_after_ms);
        outcome_deinit(&outcome);
    }
    harness_close(&harness);
}

Test(client, uses_a_connection_again)
{
    struct harness harness;
    harness_init(&harness);
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    for (int i = 0; i < 5; i++) {
        struct outcome outcome;
        harness_fetch(&harness, NULL, &outcome);
        cr_expect_eq(outcome.status, 200);
        outcome_deinit(&outcome);
    }
    cr_expect_eq(harness.server.connections, 1);
    harness_close(&harness);
}

// The server may close an idle connection at the very moment at which it is used again.
Test(client, tries_again_when_a_reused_connection_is_dead)
{
    static const enum scripted_end ENDS[] = {END_CLOSE, END_RESET};
    for (size_t i = 0; i < 2; i++) {
        const struct scripted_reply replies[] = {
            {.bytes = ANSWER("", "2", "{}")}, {.end = ENDS[i]}, {.bytes = ANSWER("", "2", "{}")}};
        struct harness harness;
        harness_init(&harness);
        harness_serve(&harness, replies, 3);
        harness_open(&harness);
        for (int j = 0; j < 2; j++) {
            struct outcome outcome;
            harness_fetch(&harness, NULL, &outcome);
            cr_expect_eq(outcome.status, 200, "end %zu, request %d: %s", i, j, outcome.err.message);
            outcome_deinit(&outcome);
        }
        cr_expect_eq(harness.server.requests, 3);
        cr_expect_eq(harness.server.connections, 2);
        harness_close(&harness);
    }
}

enum { MANY = 64 };

static bool all_have_come(void *context)
{
    const struct outcome *outcomes = context;
    size_t come = 0;
    for (size_t i = 0; i < MANY; i++) {
        come += outcomes[i].calls > 0;
    }
    return come == MANY;
}

static void fetch_many(struct harness *harness)
{
    static struct outcome outcomes[MANY];
    memset(outcomes, 0, sizeof(outcomes));
    for (size_t i = 0; i < MANY; i++) {
        (void)harness_get(harness, NULL, &outcomes[i]);
    }
    cr_assert(loop_run_until(&harness->loop, all_have_come, outcomes));
    for (size_t i = 0; i < MANY; i++) {
        cr_expect_eq(outcomes[i].calls, 1);
        cr_expect_eq(outcomes[i].status, 200, "%zu: %s", i, outcomes[i].err.message);
        outcome_deinit(&outcomes[i]);
    }
}

Test(client, carries_64_transfers_at_once_over_8_connections)
{
    struct harness harness;
    harness_init(&harness);
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    fetch_many(&harness);
    cr_expect_eq(harness.server.requests, MANY);
    cr_expect_leq(harness.server.connections, 8);
    harness_close(&harness);
}

Test(client, keeps_the_connections_of_a_burst_for_the_next)
{
    struct harness harness;
    struct outcome outcome;
    harness_init(&harness);
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    fetch_many(&harness);
    unsigned opened = (unsigned)harness.server.connections;
    harness_fetch(&harness, NULL, &outcome);
    outcome_deinit(&outcome);
    fetch_many(&harness);
    cr_expect_eq(harness.server.connections, opened);
    harness_close(&harness);
}

// The time spent waiting for one's turn is no time spent connecting.
Test(client, does_not_time_out_connecting_while_it_waits_for_a_free_connection)
{
    static const struct scripted_reply slow[] = {
        {.bytes = ANSWER("X-Padding: 0123456789\r\n", "2", "{}"), .drip_ms = 1}};
    static struct outcome outcomes[MANY];
    struct harness harness;
    harness_init(&harness);
    harness.config.connections_per_host = 4;
    harness.config.connect_timeout_ms = 500;
    harness_serve(&harness, slow, 1);
    harness_open(&harness);
    int64_t began_ms = clock_monotonic_ms();
    for (size_t i = 0; i < MANY; i++) {
        (void)harness_get(&harness, NULL, &outcomes[i]);
    }
    cr_assert(loop_run_until(&harness.loop, all_have_come, outcomes));
    cr_expect_gt(clock_monotonic_ms() - began_ms, 2 * harness.config.connect_timeout_ms);
    for (size_t i = 0; i < MANY; i++) {
        cr_expect_eq(outcomes[i].status, 200, "%zu: %s", i, outcomes[i].err.message);
        outcome_deinit(&outcomes[i]);
    }
    harness_close(&harness);
}

Test(client, resolves_names_and_remembers_them)
{
    struct harness harness;
    char url[64];
    harness_init(&harness);
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    (void)snprintf(url, sizeof(url), "http://LocalHost:%u/", (unsigned)harness.server.port);
    for (int i = 0; i < 2; i++) {
        struct outcome outcome;
        harness_fetch(&harness, url, &outcome);
        cr_expect_eq(outcome.status, 200, "%s", outcome.err.message);
        outcome_deinit(&outcome);
    }
    harness_close(&harness);
}
