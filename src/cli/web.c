// SPDX-License-Identifier: MIT
#include "web.h"

#include "base/loop.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"

#include <signal.h>

enum {
    CONNECT_TIMEOUT_MS = 10 * 1000,
    TOTAL_TIMEOUT_MS = 120 * 1000,
    PAUSE_BASE_MS = 200,
    PAUSE_CAP_MS = 5000,
    STATUS_FAILED = 500,
};

struct web {
    uv_loop_t loop;
    struct loop_timer timer;
    struct http_client *client;
    bool is_done; // the request, the pause or the closing
    struct web_answer answer;
    struct err err;
};

static void run_until_done(struct web *web)
{
    while (!web->is_done) {
        (void)uv_run(&web->loop, UV_RUN_ONCE);
    }
}

static void on_timer(struct loop_timer *timer)
{
    container_of(timer, struct web, timer)->is_done = true;
}

bool web_is_url(const char *text)
{
    return text_starts_with(text, "https://") || text_starts_with(text, "http://");
}

enum err_kind web_open(const char *ca_file, struct web **web_out, struct err *err)
{
    struct web *web = mem_alloc(1, sizeof(*web));
    const struct http_config config = {.connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                       .total_timeout_ms = TOTAL_TIMEOUT_MS,
                                       .body_limit_bytes = WEB_BODY_BYTES_MAX,
                                       .allow_plain_http = true, // where the user's URL says so
                                       .ca_file = ca_file,
                                       .user_agent = "packreport/" PACKREPORT_VERSION,
                                       .connections_per_host = 1};
    (void)signal(SIGPIPE, SIG_IGN); // OpenSSL writes with write(2)
    ENSURE(uv_loop_init(&web->loop) == 0);
    if (http_client_create(&web->loop, &config, &web->client, err) != ERR_OK) {
        ENSURE(uv_loop_close(&web->loop) == 0);
        mem_free(&web);
        return err->kind;
    }
    loop_timer_init(&web->timer, &web->loop, on_timer, web);
    *web_out = web;
    return ERR_OK;
}

static void on_closed(void *owner)
{
    struct web *web = owner;
    web->is_done = true;
}

void web_close(struct web **web_address)
{
    struct web *web = *web_address;
    if (web == NULL) {
        return;
    }
    web->is_done = false;
    http_client_close(web->client, on_closed, web);
    run_until_done(web);
    web->is_done = false;
    loop_timer_close(&web->timer, on_closed);
    run_until_done(web);
    (void)uv_run(&web->loop, UV_RUN_DEFAULT);
    ENSURE(uv_loop_close(&web->loop) == 0);
    mem_free(web_address);
}

static void on_answer(void *context, const struct http_response *response, const struct err *err)
{
    struct web *web = context;
    web->is_done = true;
    if (err != NULL) {
        web->err = *err;
        return;
    }
    web->err = ERR_INIT;
    web->answer.status = response->status;
    web->answer.body = *response->body; // moved: what is left there is empty
    *response->body = (struct buf){.limit = web->answer.body.limit};
}

void web_pause(struct web *web, unsigned number)
{
    web->is_done = false;
    loop_timer_start(&web->timer, 1 + random_backoff_ms(PAUSE_BASE_MS, PAUSE_CAP_MS, number));
    run_until_done(web);
}

enum err_kind web_get(struct web *web, const struct http_request *request, unsigned tries,
                      struct web_answer *answer_out, struct err *err)
{
    for (unsigned number = 1;; number++) {
        web->is_done = false;
        (void)http_send(web->client, request, on_answer, web);
        run_until_done(web);
        bool is_failed = web->err.kind == ERR_OK ? web->answer.status >= STATUS_FAILED
                                                 : err_kind_is_transient(web->err.kind);
        if (!is_failed || number >= tries) {
            break;
        }
        if (web->err.kind == ERR_OK) {
            buf_deinit(&web->answer.body);
        }
        web_pause(web, number);
    }
    if (web->err.kind != ERR_OK) {
        *err = web->err;
        return err->kind;
    }
    *answer_out = web->answer;
    return ERR_OK;
}
