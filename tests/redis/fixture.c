// SPDX-License-Identifier: MIT
#include "fixture.h"

#include "loop_run.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

enum { WORDS_MAX = 16 };

static void on_ready(void *owner, const struct redis_server_info *server)
{
    struct fixture *fixture = owner;
    cr_assert(redis_connection_is_ready(fixture->connection));
    fixture->ready_calls++;
    fixture->info = *server;
}

static void on_down(void *owner, const struct err *err)
{
    struct fixture *fixture = owner;
    cr_assert(!redis_connection_is_ready(fixture->connection));
    fixture->down_calls++;
    fixture->down_err = *err;
}

static void on_closed(void *owner)
{
    struct fixture *fixture = owner;
    fixture->closed_calls++;
    fixture->connection = NULL;
}

void fixture_open(struct fixture *fixture, const struct redis_server_options *options)
{
    *fixture = (struct fixture){.config = {.connect_timeout_ms = 5000,
                                           .command_timeout_ms = 15000,
                                           .backoff_base_ms = 5,
                                           .backoff_cap_ms = 20,
                                           .name = "test"}};
    (void)signal(SIGPIPE, SIG_IGN); // as the daemon does
    cr_assert(uv_loop_init(&fixture->loop) == 0);
    fixture->server = redis_server_start(options);
    fixture->config.unix_path = redis_server_unix_path(fixture->server);
}

void fixture_open_tcp(struct fixture *fixture, uint16_t port)
{
    *fixture = (struct fixture){.config = {.host = "127.0.0.1",
                                           .port = port,
                                           .connect_timeout_ms = 5000,
                                           .command_timeout_ms = 15000,
                                           .backoff_base_ms = 5,
                                           .backoff_cap_ms = 20}};
    (void)signal(SIGPIPE, SIG_IGN);
    cr_assert(uv_loop_init(&fixture->loop) == 0);
}

void fixture_connect(struct fixture *fixture)
{
    const struct redis_events events = {.owner = fixture, .on_ready = on_ready, .on_down = on_down};
    fixture->connection = redis_connection_create(&fixture->loop, &fixture->config, &events);
    cr_assert(fixture->ready_calls == 0 && fixture->down_calls == 0);
}

static bool is_closed(void *context)
{
    return ((struct fixture *)context)->closed_calls > 0;
}

void fixture_close(struct fixture *fixture)
{
    if (fixture->connection != NULL) {
        redis_connection_close(fixture->connection, on_closed, fixture);
        cr_assert(fixture->closed_calls == 0);
        cr_assert(loop_run_until(&fixture->loop, is_closed, fixture));
    }
    redis_server_stop(&fixture->server);
    cr_assert(loop_run_close(&fixture->loop));
}

struct calls {
    const unsigned *counter;
    unsigned wanted;
};

static bool were_called(void *context)
{
    const struct calls *calls = context;
    return *calls->counter >= calls->wanted;
}

static void wait_for(struct fixture *fixture, const unsigned *counter, unsigned wanted,
                     const char *what)
{
    struct calls calls = {.counter = counter, .wanted = wanted};
    cr_assert(loop_run_until(&fixture->loop, were_called, &calls), "no %s; last on_down: %s", what,
              fixture->down_err.message);
}

void fixture_wait_ready(struct fixture *fixture, unsigned calls)
{
    wait_for(fixture, &fixture->ready_calls, calls, "on_ready");
}

void fixture_wait_down(struct fixture *fixture, unsigned calls)
{
    wait_for(fixture, &fixture->down_calls, calls, "on_down");
}

void fixture_start(struct fixture *fixture, const struct redis_server_options *options)
{
    fixture_open(fixture, options);
    fixture_connect(fixture);
    fixture_wait_ready(fixture, 1);
}

void on_answer(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct answer *answer = context;
    answer->calls++;
    cr_assert((reply == NULL) != (err == NULL));
    if (err != NULL) {
        answer->err = *err;
        return;
    }
    answer->err = ERR_INIT;
    answer->type = redis_reply_type(reply);
    answer->number = redis_reply_number(reply, -1);
    answer->count = redis_reply_count(reply);
    const char *text = redis_reply_text(reply, &answer->len);
    size_t kept = answer->len < ANSWER_TEXT_BYTES ? answer->len : ANSWER_TEXT_BYTES - 1;
    memcpy(answer->text, text, kept);
    answer->text[kept] = '\0';
}

void fixture_send(struct fixture *fixture, const char *line, int64_t timeout_ms,
                  struct answer *answer)
{
    *answer = (struct answer){0};
    struct redis_arg args[WORDS_MAX];
    size_t count = 0;
    while (*line != '\0' && count < WORDS_MAX) {
        size_t len = strcspn(line, " ");
        args[count++] = (struct redis_arg){.bytes = line, .len = len};
        line += len + strspn(line + len, " ");
    }
    redis_connection_send(fixture->connection, args, count, timeout_ms, on_answer, answer);
    cr_assert(answer->calls == 0, "called back before send returned");
}

void fixture_wait(struct fixture *fixture, const struct answer *answer)
{
    wait_for(fixture, &answer->calls, 1, "answer");
}

void fixture_ask(struct fixture *fixture, const char *line, struct answer *answer)
{
    fixture_send(fixture, line, 0, answer);
    fixture_wait(fixture, answer);
}
