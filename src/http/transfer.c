// SPDX-License-Identifier: MIT
//
// The story of one transfer, from top to bottom: start, resolve, wait for its turn, run, end. There is one way out,
// `end`, which leaves whatever state the transfer is in.
#include "transfer.h"

#include "curl_api.h"

#include "base/clock.h"

static int64_t left_ms(const struct http_transfer *transfer)
{
    int64_t spent_ms = clock_monotonic_ms() - transfer->started_at_ms;
    return spent_ms < transfer->total_timeout_ms ? transfer->total_timeout_ms - spent_ms : 0;
}

// transfer->err says how.
static void end(struct http_transfer *transfer)
{
    switch (transfer->state) {
    case TRANSFER_STARTING:
    case TRANSFER_WAITING:
        break;
    case TRANSFER_RESOLVING:
        resolver_cancel(&transfer->wait);
        break;
    case TRANSFER_RUNNING:
        curl_loop_remove(&transfer->tools->curl, transfer->exchange.easy);
        break;
    case TRANSFER_ENDED:
        REQUIRE(transfer->state != TRANSFER_ENDED);
    }
    loop_timer_stop(&transfer->deadline);
    transfer->state = TRANSFER_ENDED;
    transfer->total_ms = clock_monotonic_ms() - transfer->started_at_ms;
    transfer->tools->on_ended(transfer);
}

static void on_deadline(struct loop_timer *timer)
{
    struct http_transfer *transfer = container_of(timer, struct http_transfer, deadline);
    if (transfer->state == TRANSFER_RESOLVING) {
        (void)err_set(&transfer->err, ERR_TIMEOUT, "resolve %s: no address in time",
                      transfer->exchange.host);
    } else if (transfer->state == TRANSFER_WAITING) {
        (void)err_set(&transfer->err, ERR_TIMEOUT,
                      "no turn within %lld ms: all connections to %s are in use",
                      (long long)transfer->total_timeout_ms, transfer->exchange.place);
    } else {
        (void)err_set(&transfer->err, ERR_TIMEOUT, "no complete answer within %lld ms",
                      (long long)transfer->total_timeout_ms);
    }
    end(transfer);
}

// libcurl 8.8 and later counts the time that a transfer waits for a free connection as time spent
// connecting (multi.c, since curl#13276), so none is given to it before there is one.
static void run(struct http_transfer *transfer)
{
    loop_timer_start(&transfer->deadline, left_ms(transfer));
    if (!transfer->tools->has_room(transfer)) {
        transfer->state = TRANSFER_WAITING;
        return;
    }
    transfer->state = TRANSFER_RUNNING;
    curl_loop_add(&transfer->tools->curl, transfer->exchange.easy);
}

void transfer_take_turn(struct http_transfer *transfer)
{
    REQUIRE(transfer->state == TRANSFER_WAITING);
    run(transfer);
}

static void on_resolved(struct resolver_wait *wait, const char *addresses, const struct err *err)
{
    struct http_transfer *transfer = container_of(wait, struct http_transfer, wait);
    REQUIRE(transfer->state == TRANSFER_RESOLVING);
    if (addresses == NULL) {
        transfer->err = *err;
        end(transfer);
        return;
    }
    exchange_set_addresses(&transfer->exchange, addresses);
    run(transfer);
}

static void resolve(struct http_transfer *transfer)
{
    struct resolver *resolver = &transfer->tools->resolver;
    const char *host = transfer->exchange.host;
    const char *addresses = resolver_find(resolver, host);
    if (addresses != NULL) {
        exchange_set_addresses(&transfer->exchange, addresses);
        run(transfer);
        return;
    }
    transfer->wait.on_resolved = on_resolved;
    if (resolver_start(resolver, &transfer->wait, host, &transfer->err) != ERR_OK) {
        end(transfer);
        return;
    }
    transfer->state = TRANSFER_RESOLVING;
    int64_t connect_ms = transfer->tools->config.connect_timeout_ms;
    int64_t total_ms = left_ms(transfer);
    loop_timer_start(&transfer->deadline, connect_ms < total_ms ? connect_ms : total_ms);
}

void transfer_start(struct http_transfer *transfer, struct transfer_tools *tools, uv_loop_t *loop,
                    const struct http_request *request)
{
    transfer->tools = tools;
    transfer->state = TRANSFER_STARTING;
    transfer->started_at_ms = clock_monotonic_ms();
    transfer->total_timeout_ms =
        request->total_timeout_ms > 0 ? request->total_timeout_ms : tools->config.total_timeout_ms;
    loop_timer_init(&transfer->deadline, loop, on_deadline, transfer);

    struct exchange *exchange = &transfer->exchange;
    if (exchange_init(exchange, &tools->config, request, &transfer->err) != ERR_OK) {
        end(transfer);
        return;
    }
    CURLcode code = curl_api()->easy_setopt(exchange->easy, CURLOPT_PRIVATE, (void *)transfer);
    ENSURE(code == CURLE_OK);
    if (exchange->host != NULL) {
        resolve(transfer);
    } else {
        run(transfer);
    }
}

void transfer_on_curl_done(CURL *easy, CURLcode result)
{
    char *private_data = NULL;
    CURLcode code = curl_api()->easy_getinfo(easy, CURLINFO_PRIVATE, &private_data);
    ENSURE(code == CURLE_OK && private_data != NULL);
    struct http_transfer *transfer = (struct http_transfer *)(void *)private_data;
    REQUIRE(transfer->state == TRANSFER_RUNNING);
    // curl itself tries once more, unseen, when a reused connection turns out to be dead before the
    // first byte of an answer; what arrives here is final.
    (void)exchange_judge(&transfer->exchange, result, &transfer->err);
    if (result == CURLE_COULDNT_CONNECT && transfer->exchange.host != NULL) {
        resolver_forget(&transfer->tools->resolver, transfer->exchange.host);
    }
    end(transfer);
}

void transfer_cancel(struct http_transfer *transfer)
{
    (void)err_set(&transfer->err, ERR_CANCELLED, "cancelled");
    if (transfer->state != TRANSFER_ENDED) {
        end(transfer);
    }
}
