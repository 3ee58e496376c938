// SPDX-License-Identifier: MIT
//
// The client: its lists of transfers, the delivery of results, and the end of it all. A transfer is
// in `live` until it has ended, then in `ended` until a timer of zero delivers it: so no
// callback runs before the call that caused it has returned, and none runs inside curl.
#include "http/client.h"

#include "transfer.h"

#include "base/file.h"
#include "base/mem.h"

#include <string.h>

TAILQ_HEAD(transfer_list, http_transfer);

struct http_client {
    uv_loop_t *loop;
    struct transfer_tools tools;
    char *ca_file;
    char *user_agent;
    struct transfer_list live;
    struct transfer_list ended;
    struct loop_timer delivery;
    struct loop_closing closing; // one up for each transfer, timer, poll handle and lookup
    bool is_closing;
    loop_closed_cb on_closed;
    void *owner;
};

static void on_all_closed(void *owner)
{
    struct http_client *client = owner;
    loop_closed_cb on_closed = client->on_closed;
    void *users_owner = client->owner;
    mem_free(&client->ca_file);
    mem_free(&client->user_agent);
    mem_free(&client);
    curl_api()->global_cleanup();
    if (on_closed != NULL) {
        on_closed(users_owner);
    }
}

static void on_handle_closed(void *owner)
{
    struct http_client *client = owner;
    loop_closing_down(&client->closing);
}

static void on_transfer_closed(void *owner)
{
    struct http_transfer *transfer = owner;
    struct http_client *client = transfer->client;
    mem_free(&transfer);
    loop_closing_down(&client->closing);
}

static void stop(struct http_client *client)
{
    INVARIANT(client->is_closing && TAILQ_EMPTY(&client->live) && TAILQ_EMPTY(&client->ended));
    curl_loop_stop(&client->tools.curl);
    resolver_stop(&client->tools.resolver);
    loop_timer_close(&client->delivery, on_handle_closed);
}

static void deliver(struct http_transfer *transfer)
{
    if (transfer->err.kind == ERR_OK) {
        struct http_response response;
        exchange_read(&transfer->exchange, &response);
        response.total_ms = transfer->total_ms;
        transfer->callback(transfer->context, &response, NULL);
    } else {
        transfer->callback(transfer->context, NULL, &transfer->err);
    }
    exchange_deinit(&transfer->exchange);
    loop_timer_close(&transfer->deadline, on_transfer_closed);
}

// One result per firing of the timer: what a callback cancels, starts or closes is dealt with by a
// later one.
static void on_delivery(struct loop_timer *timer)
{
    struct http_client *client = container_of(timer, struct http_client, delivery);
    struct http_transfer *transfer = TAILQ_FIRST(&client->ended);
    if (transfer == NULL) {
        stop(client);
        return;
    }
    TAILQ_REMOVE(&client->ended, transfer, link);
    deliver(transfer);
    if (!TAILQ_EMPTY(&client->ended) || client->is_closing) {
        loop_timer_start(&client->delivery, 0);
    }
}

// One connection more may be opened to where the transfer goes.
static bool has_room(const struct http_transfer *transfer)
{
    const struct http_client *client = transfer->client;
    unsigned there = 0;
    unsigned in_all = 0;
    for (const struct http_transfer *other = TAILQ_FIRST(&client->live); other != NULL;
         other = TAILQ_NEXT(other, link)) {
        if (other->state == TRANSFER_RUNNING) {
            in_all++;
            there += strcmp(other->exchange.place, transfer->exchange.place) == 0;
        }
    }
    return there < client->tools.config.connections_per_host && in_all < CONNECTIONS_MAX;
}

// Who has waited longest comes first, of those to whose place there is a connection free.
static void give_turns(struct http_client *client)
{
    for (struct http_transfer *transfer = TAILQ_FIRST(&client->live); transfer != NULL;
         transfer = TAILQ_NEXT(transfer, link)) {
        if (transfer->state == TRANSFER_WAITING && has_room(transfer)) {
            transfer_take_turn(transfer);
        }
    }
}

static void on_ended(struct http_transfer *transfer)
{
    struct http_client *client = transfer->client;
    TAILQ_REMOVE(&client->live, transfer, link);
    TAILQ_INSERT_TAIL(&client->ended, transfer, link);
    loop_timer_start(&client->delivery, 0);
    if (!client->is_closing) {
        give_turns(client);
    }
}

enum err_kind http_client_create(uv_loop_t *loop, const struct http_config *config,
                                 struct http_client **client_out, struct err *err)
{
    REQUIRE(config->connect_timeout_ms > 0 && config->total_timeout_ms > 0);
    REQUIRE(config->body_limit_bytes > 0 && config->connections_per_host > 0);
    if (config->ca_file != NULL && !file_exists(config->ca_file)) {
        return err_set(err, ERR_CONFIG, "CA file %s: cannot be found", config->ca_file);
    }
    // Counted by curl; the last curl_global_cleanup frees what it holds.
    CURLcode code = curl_api()->global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        return err_set(err, ERR_INTERNAL, "start libcurl: %s", curl_api()->easy_strerror(code));
    }
    struct http_client *client = mem_alloc(1, sizeof(*client));
    client->loop = loop;
    client->closing = (struct loop_closing){.on_closed = on_all_closed, .owner = client};
    client->ca_file = mem_text(config->ca_file);
    client->user_agent = mem_text(config->user_agent);
    TAILQ_INIT(&client->live);
    TAILQ_INIT(&client->ended);
    loop_timer_init(&client->delivery, loop, on_delivery, client);
    loop_closing_up(&client->closing);

    struct transfer_tools *tools = &client->tools;
    tools->config = *config;
    tools->config.ca_file = client->ca_file;
    tools->config.user_agent = client->user_agent;
    tools->on_ended = on_ended;
    tools->has_room = has_room;
    resolver_init(&tools->resolver, loop, &client->closing);
    curl_loop_init(&tools->curl, loop, &client->closing, transfer_on_curl_done);
    curl_loop_set_limits(&tools->curl, config->connections_per_host, CONNECTIONS_MAX);
    *client_out = client;
    return ERR_OK;
}

void http_client_close(struct http_client *client, loop_closed_cb on_closed, void *owner)
{
    REQUIRE(!client->is_closing);
    client->is_closing = true;
    client->on_closed = on_closed;
    client->owner = owner;
    // What has ended keeps its result; it is delivered first.
    struct http_transfer *transfer;
    while ((transfer = TAILQ_FIRST(&client->live)) != NULL) {
        transfer_cancel(transfer);
    }
    loop_timer_start(&client->delivery, 0);
}

struct http_transfer *http_send(struct http_client *client, const struct http_request *request,
                                http_done_cb callback, void *context)
{
    REQUIRE(!client->is_closing);
    struct http_transfer *transfer = mem_alloc(1, sizeof(*transfer));
    transfer->client = client;
    transfer->callback = callback;
    transfer->context = context;
    TAILQ_INSERT_TAIL(&client->live, transfer, link);
    loop_closing_up(&client->closing);
    transfer_start(transfer, &client->tools, client->loop, request);
    return transfer;
}

void http_cancel(struct http_transfer *transfer)
{
    transfer_cancel(transfer);
}
