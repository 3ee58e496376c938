// SPDX-License-Identifier: MIT
//
// Cancel and close at every stage of a transfer: one callback, at once, and nothing left behind.
#include "harness.h"
#include "loop_run.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <semaphore.h>
#include <stdio.h>

static const struct scripted_reply SILENT[] = {{.bytes = NULL}};
static const struct scripted_reply HALF[] = {
    {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!"}};
static const struct scripted_reply OK[] = {
    {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}};

static bool has_connection(void *context)
{
    const struct harness *harness = context;
    return harness->server.connections > 0;
}

static bool has_request(void *context)
{
    const struct harness *harness = context;
    return harness->server.requests > 0;
}

static bool connection_is_gone(void *context)
{
    const struct harness *harness = context;
    return harness->server.open == 0;
}

static bool is_now(void *context)
{
    (void)context;
    return true;
}

static bool is_never(void *context)
{
    (void)context;
    return false;
}

static const struct stage {
    const char *name;
    const struct scripted_reply *reply;
    loop_run_cb reached;
    int64_t settle_ms; // runs the loop on, so that what was sent arrives
} STAGES[] = {
    {"before the loop runs", SILENT, is_now, 0},
    {"connected", SILENT, has_connection, 0},
    {"waiting for the answer", SILENT, has_request, 0},
    {"in the body", HALF, has_request, 20},
};

enum { STAGE_COUNT = sizeof(STAGES) / sizeof(STAGES[0]) };

static struct http_transfer *reach(struct harness *harness, const struct stage *stage,
                                   struct outcome *outcome)
{
    harness_init(harness);
    harness_serve(harness, stage->reply, 1);
    harness_open(harness);
    struct http_transfer *transfer = harness_get(harness, NULL, outcome);
    cr_assert(loop_run_until(&harness->loop, stage->reached, harness), "%s", stage->name);
    if (stage->settle_ms > 0) {
        (void)loop_run_until_in(&harness->loop, is_never, NULL, stage->settle_ms);
    }
    cr_assert_eq(outcome->calls, 0, "%s", stage->name);
    return transfer;
}

Test(cancel, ends_a_transfer_at_every_stage)
{
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        struct harness harness;
        struct outcome outcome;
        http_cancel(reach(&harness, &STAGES[i], &outcome));
        cr_expect_eq(outcome.calls, 0, "%s: called back before http_cancel returned",
                     STAGES[i].name);
        harness_wait(&harness, &outcome);
        outcome_expect(&outcome, ERR_CANCELLED, "", STAGES[i].name);
        cr_expect(loop_run_until(&harness.loop, connection_is_gone, &harness), "%s",
                  STAGES[i].name);
        harness_close(&harness);
        cr_expect_eq(outcome.calls, 1, "%s", STAGES[i].name);
    }
}

Test(cancel, close_ends_a_transfer_at_every_stage)
{
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        struct harness harness;
        struct outcome outcome;
        (void)reach(&harness, &STAGES[i], &outcome);
        harness_close(&harness);
        outcome_expect(&outcome, ERR_CANCELLED, "", STAGES[i].name);
    }
}

// Two transfers; the callback of each cancels the other, which may have ended already.
struct pair {
    struct http_transfer *transfers[2];
    unsigned calls[2];
    enum err_kind kinds[2];
};

struct half_of_pair {
    struct pair *pair;
    size_t index;
};

static void cancel_other(void *context, const struct http_response *response, const struct err *err)
{
    const struct half_of_pair *half = context;
    struct pair *pair = half->pair;
    pair->calls[half->index]++;
    pair->kinds[half->index] = response != NULL ? ERR_OK : err->kind;
    size_t other = 1 - half->index;
    if (pair->calls[other] == 0) {
        http_cancel(pair->transfers[other]);
        cr_expect_eq(pair->calls[other], 0, "called back before http_cancel returned");
    }
}

static bool both_have_come(void *context)
{
    const struct pair *pair = context;
    return pair->calls[0] > 0 && pair->calls[1] > 0;
}

Test(cancel, takes_the_result_of_a_transfer_that_ended_undelivered)
{
    struct harness harness;
    struct pair pair = {.calls = {0}};
    struct half_of_pair halves[2] = {{&pair, 0}, {&pair, 1}};
    harness_init(&harness);
    harness_open(&harness);
    // Both have ended (bad URL) before the loop runs.
    const struct http_request request = {.url = "nothing"};
    for (size_t i = 0; i < 2; i++) {
        pair.transfers[i] = http_send(harness.client, &request, cancel_other, &halves[i]);
    }
    cr_assert(loop_run_until(&harness.loop, both_have_come, &pair));
    cr_expect_eq(pair.calls[0], 1);
    cr_expect_eq(pair.calls[1], 1);
    cr_expect_eq(pair.kinds[0], ERR_INVALID);
    cr_expect_eq(pair.kinds[1], ERR_CANCELLED);
    harness_close(&harness);
}

struct chain {
    struct harness *harness;
    unsigned left;
    bool closed;
};

static void on_chain_closed(void *owner)
{
    ((struct chain *)owner)->closed = true;
}

// Starts the next request from the callback of the last; at the end closes the client from there.
static void go_on(void *context, const struct http_response *response, const struct err *err)
{
    struct chain *chain = context;
    cr_expect_not_null(response, "%s", err == NULL ? "" : err->message);
    if (--chain->left == 0) {
        http_client_close(chain->harness->client, on_chain_closed, chain);
        cr_expect_not(chain->closed);
        return;
    }
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)chain->harness->server.port);
    const struct http_request request = {.url = url};
    (void)http_send(chain->harness->client, &request, go_on, chain);
}

static bool chain_is_closed(void *context)
{
    return ((const struct chain *)context)->closed;
}

Test(cancel, get_and_close_may_be_called_from_a_callback)
{
    struct harness harness;
    struct chain chain = {.harness = &harness, .left = 4};
    harness_init(&harness);
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)harness.server.port);
    const struct http_request request = {.url = url};
    (void)http_send(harness.client, &request, go_on, &chain);
    cr_assert(loop_run_until(&harness.loop, chain_is_closed, &chain));
    cr_expect_eq(harness.server.requests, 4);
    scripted_server_close(&harness.server);
    cr_expect(loop_run_close(&harness.loop));
}

// All threads that resolve names are held up, as by a name server that does not answer.
enum { POOL_THREADS = 4 };
static sem_t hold;
static uv_work_t held_work[POOL_THREADS];

static void wait_for_release(uv_work_t *work)
{
    (void)work;
    while (sem_wait(&hold) != 0) {
        // interrupted by a signal
    }
}

static void on_released(uv_work_t *work, int status)
{
    (void)work;
    (void)status;
}

static void hold_pool(uv_loop_t *loop)
{
    cr_assert_eq(sem_init(&hold, 0, 0), 0);
    for (size_t i = 0; i < POOL_THREADS; i++) {
        cr_assert_eq(uv_queue_work(loop, &held_work[i], wait_for_release, on_released), 0);
    }
}

static void release_pool(void)
{
    for (size_t i = 0; i < POOL_THREADS; i++) {
        (void)sem_post(&hold);
    }
}

static void start_resolving(struct harness *harness, struct outcome *outcomes, size_t count,
                            struct http_transfer **transfers)
{
    char url[64];
    (void)snprintf(url, sizeof(url), "http://localhost:%u/", (unsigned)harness->server.port);
    for (size_t i = 0; i < count; i++) {
        transfers[i] = harness_get(harness, url, &outcomes[i]);
    }
}

Test(cancel, is_instant_while_a_name_is_being_resolved)
{
    struct harness harness;
    struct outcome outcomes[2];
    struct http_transfer *transfers[2];
    harness_init(&harness);
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    hold_pool(&harness.loop);
    start_resolving(&harness, outcomes, 2, transfers);
    http_cancel(transfers[0]);
    harness_wait(&harness, &outcomes[0]);
    outcome_expect(&outcomes[0], ERR_CANCELLED, "", "resolving");
    cr_expect_eq(outcomes[1].calls, 0);
    release_pool();
    harness_wait(&harness, &outcomes[1]); // the other wait for the same lookup goes on
    cr_expect_eq(outcomes[1].status, 200, "%s", outcomes[1].err.message);
    outcome_deinit(&outcomes[1]);
    harness_close(&harness);
}

Test(cancel, resolving_meets_the_connect_timeout)
{
    struct harness harness;
    struct outcome outcome;
    struct http_transfer *transfer;
    harness_init(&harness);
    harness.config.connect_timeout_ms = 50;
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    hold_pool(&harness.loop);
    start_resolving(&harness, &outcome, 1, &transfer);
    harness_wait(&harness, &outcome);
    outcome_expect(&outcome, ERR_TIMEOUT, "resolve localhost", "resolving");
    release_pool();
    harness_close(&harness);
}

Test(cancel, close_takes_a_waiting_lookup_along)
{
    struct harness harness;
    struct outcome outcome;
    struct http_transfer *transfer;
    harness_init(&harness);
    harness_serve(&harness, OK, 1);
    harness_open(&harness);
    hold_pool(&harness.loop);
    start_resolving(&harness, &outcome, 1, &transfer);
    release_pool(); // the lookup may still be waiting, running, or done when close comes
    harness_close(&harness);
    outcome_expect(&outcome, ERR_CANCELLED, "", "resolving");
}
