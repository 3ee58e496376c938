// SPDX-License-Identifier: MIT
//
// Commands and their replies while all is well, and commands that cannot be sent.
#include "base/mem.h"
#include "fixture.h"
#include "loop_run.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { BIG = 1024 * 1024 };

Test(send, each_type_of_reply)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer answer;
    fixture_ask(&f, "SET a 12", &answer);
    cr_expect(answer.type == REDIS_REPLY_STRING && strcmp(answer.text, "OK") == 0);
    fixture_ask(&f, "GET a", &answer);
    cr_expect(answer.type == REDIS_REPLY_STRING && answer.number == 12);
    fixture_ask(&f, "INCR a", &answer);
    cr_expect(answer.type == REDIS_REPLY_NUMBER && answer.number == 13);
    fixture_ask(&f, "GET b", &answer);
    cr_expect(answer.type == REDIS_REPLY_NOTHING);
    fixture_ask(&f, "MGET a b", &answer);
    cr_expect(answer.type == REDIS_REPLY_LIST && answer.count == 2);
    fixture_ask(&f, "LPUSH a x", &answer);
    cr_expect(answer.type == REDIS_REPLY_ERROR_TEXT);
    cr_expect(strncmp(answer.text, "WRONGTYPE ", 10) == 0 && f.down_calls == 0);
    fixture_close(&f);
}

Test(send, bytes_travel_as_they_are)
{
    struct fixture f;
    fixture_start(&f, NULL);
    static const char BYTES[] = "a\0b\r\n%s$\xff";
    struct answer answer = {0};
    const struct redis_arg set[] = {
        REDIS_ARG("SET"), REDIS_ARG("k"), {.bytes = BYTES, .len = sizeof(BYTES)}};
    redis_connection_send(f.connection, set, 3, 0, on_answer, &answer);
    fixture_wait(&f, &answer);
    fixture_ask(&f, "GET k", &answer);
    cr_expect(answer.len == sizeof(BYTES) && memcmp(answer.text, BYTES, sizeof(BYTES)) == 0);
    fixture_close(&f);
}

Test(send, empty_arguments)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer answer = {0};
    const struct redis_arg set[] = {REDIS_ARG("SET"), REDIS_ARG(""), {.bytes = NULL, .len = 0}};
    redis_connection_send(f.connection, set, 3, 0, on_answer, &answer);
    fixture_wait(&f, &answer);
    cr_expect_str_eq(answer.text, "OK");
    fixture_close(&f);
}

struct tally {
    unsigned calls;
    int64_t last;
    bool in_order;
};

static void on_incremented(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct tally *tally = context;
    tally->calls++;
    cr_assert(err == NULL);
    int64_t number = redis_reply_number(reply, -1);
    tally->in_order = tally->in_order && number == tally->last + 1;
    tally->last = number;
}

static bool has_all(void *context)
{
    return ((struct tally *)context)->calls == REDIS_OUTSTANDING_MAX;
}

Test(send, ten_thousand_at_once_and_not_one_more)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct tally tally = {.in_order = true};
    const struct redis_arg incr[] = {REDIS_ARG("INCR"), REDIS_ARG("counter")};
    for (int i = 0; i < REDIS_OUTSTANDING_MAX; i++) {
        redis_connection_send(f.connection, incr, 2, 0, on_incremented, &tally);
    }
    struct answer refused;
    fixture_send(&f, "INCR counter", 0, &refused);
    cr_assert(loop_run_until(&f.loop, has_all, &tally));
    cr_expect(tally.in_order && tally.last == REDIS_OUTSTANDING_MAX);
    cr_expect(refused.calls == 1 && refused.err.kind == ERR_UNAVAILABLE);
    cr_expect_str_eq(refused.err.message, "redis: too many commands wait for the server");
    fixture_ask(&f, "GET counter", &refused);
    cr_expect(refused.number == REDIS_OUTSTANDING_MAX);
    fixture_close(&f);
}

static struct redis_arg big_value(char fill)
{
    char *bytes = mem_alloc(BIG, 1);
    memset(bytes, fill, BIG);
    return (struct redis_arg){.bytes = bytes, .len = BIG};
}

Test(send, values_of_a_megabyte)
{
    struct fixture f;
    fixture_start(&f, NULL);
    enum { VALUES = 8 };
    struct answer set[VALUES] = {0};
    struct answer get[VALUES];
    for (int i = 0; i < VALUES; i++) {
        char key[16];
        char line[32];
        (void)snprintf(key, sizeof(key), "k%d", i);
        (void)snprintf(line, sizeof(line), "GET k%d", i);
        struct redis_arg value = big_value((char)('a' + i));
        const struct redis_arg args[] = {REDIS_ARG("SET"), REDIS_ARG(key), value};
        redis_connection_send(f.connection, args, 3, 0, on_answer, &set[i]);
        mem_free(&value.bytes);
        fixture_send(&f, line, 0, &get[i]);
    }
    fixture_wait(&f, &get[VALUES - 1]);
    for (int i = 0; i < VALUES; i++) {
        cr_expect(set[i].calls == 1 && strcmp(set[i].text, "OK") == 0);
        cr_expect(get[i].len == BIG && get[i].text[0] == 'a' + i);
    }
    fixture_close(&f);
}

Test(send, bytes_that_nobody_takes_are_limited)
{
    struct fixture f;
    fixture_start(&f, NULL);
    redis_server_freeze(f.server);
    struct redis_arg value = big_value('x');
    const struct redis_arg args[] = {REDIS_ARG("SET"), REDIS_ARG("k"), value};
    enum { SENT = REDIS_UNSENT_BYTES_MAX / BIG + 2 };
    struct answer answers[SENT] = {0};
    for (int i = 0; i < SENT; i++) {
        redis_connection_send(f.connection, args, 3, 0, on_answer, &answers[i]);
    }
    mem_free(&value.bytes);
    fixture_wait(&f, &answers[SENT - 1]);
    cr_expect(answers[SENT - 1].err.kind == ERR_UNAVAILABLE);
    cr_expect(answers[0].calls == 0);
    redis_server_thaw(f.server);
    fixture_wait(&f, &answers[SENT - 3]);
    cr_expect_str_eq(answers[SENT - 3].text, "OK");
    fixture_close(&f);
}

Test(send, refused_while_not_connected)
{
    struct fixture f;
    fixture_open_tcp(&f, 1);
    fixture_connect(&f);
    cr_expect(!redis_connection_is_ready(f.connection));
    struct answer answer;
    fixture_ask(&f, "PING", &answer);
    cr_expect(answer.err.kind == ERR_UNAVAILABLE);
    cr_expect_str_eq(answer.err.message, "redis: not connected");
    fixture_close(&f);
}

// A caller that comes in each turn of the loop.
struct restless {
    uv_idle_t idle;
    struct fixture *fixture;
    unsigned turns;
    unsigned sent;
    unsigned refused;
    unsigned turns_put_off; // in which something from the turn before had not been refused
    bool is_over;
};

static void on_refused(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct restless *restless = context;
    cr_assert(reply == NULL && err != NULL);
    restless->refused++;
}

static void send_one(struct restless *restless)
{
    const struct redis_arg args[] = {REDIS_ARG("PING")};
    redis_connection_send(restless->fixture->connection, args, 1, 0, on_refused, restless);
    restless->sent++;
}

static void on_turn(uv_idle_t *idle)
{
    enum { TURNS = 20, LONGER_THAN_SOON_NS = 3 * 1000 * 1000 };
    struct restless *restless = idle->data;
    restless->turns_put_off += restless->refused < restless->sent ? 1 : 0;
    if (restless->turns++ == TURNS) {
        restless->is_over = true;
        uv_close((uv_handle_t *)idle, NULL);
        return;
    }
    send_one(restless);
    for (uint64_t begin = uv_hrtime(); uv_hrtime() - begin < LONGER_THAN_SOON_NS;) {
        // the time of what was sent first comes
    }
    send_one(restless);
}

static bool has_rest(void *context)
{
    return ((struct restless *)context)->is_over;
}

// Callers that come without a pause do not put off what the others are told.
Test(send, refusals_come_while_more_is_sent)
{
    struct fixture f;
    fixture_open_tcp(&f, 1);
    fixture_connect(&f);
    struct restless restless = {.fixture = &f};
    cr_assert(uv_idle_init(&f.loop, &restless.idle) == 0);
    restless.idle.data = &restless;
    cr_assert(uv_idle_start(&restless.idle, on_turn) == 0);
    cr_assert(loop_run_until(&f.loop, has_rest, &restless));
    cr_expect_eq(restless.turns_put_off, 0);
    fixture_close(&f);
    cr_expect_eq(restless.refused, restless.sent);
}

// hiredis says nil, and so do we.
Test(send, blocking_read_that_times_out)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer answer;
    fixture_ask(&f, "XREADGROUP GROUP g c BLOCK 10 STREAMS s >", &answer);
    cr_expect(answer.type == REDIS_REPLY_ERROR_TEXT && strncmp(answer.text, "NOGROUP", 7) == 0);
    fixture_ask(&f, "XGROUP CREATE s g 0 MKSTREAM", &answer);
    fixture_ask(&f, "XREADGROUP GROUP g c BLOCK 10 STREAMS s >", &answer);
    cr_expect(answer.calls == 1 && answer.type == REDIS_REPLY_NOTHING);
    fixture_close(&f);
}

// How a blocking connection is woken.
Test(send, blocking_read_is_woken_by_client_unblock)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer read;
    fixture_send(&f, "XREAD BLOCK 60000 STREAMS s $", 62000, &read);
    char line[64];
    (void)snprintf(line, sizeof(line), "CLIENT UNBLOCK %lld", (long long)f.info.client_id);
    // The read may be on its way still; 0 says that the client did not block yet.
    while (strcmp(redis_server_command(f.server, line), ":1") != 0) {
        (void)uv_run(&f.loop, UV_RUN_NOWAIT);
    }
    fixture_wait(&f, &read);
    cr_expect(read.type == REDIS_REPLY_NOTHING);
    fixture_close(&f);
}

Test(send, blocking_read_ends_with_the_key)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer answer;
    fixture_ask(&f, "XGROUP CREATE s g 0 MKSTREAM", &answer);
    fixture_send(&f, "XREADGROUP GROUP g c BLOCK 60000 STREAMS s >", 62000, &answer);
    while (strstr(redis_server_command(f.server, "CLIENT LIST"), "cmd=xreadgroup") == NULL) {
        (void)uv_run(&f.loop, UV_RUN_NOWAIT);
    }
    cr_expect_str_eq(redis_server_command(f.server, "DEL s"), ":1");
    fixture_wait(&f, &answer);
    cr_expect(answer.type == REDIS_REPLY_ERROR_TEXT && f.down_calls == 0, "%s", answer.text);
    cr_expect(redis_connection_is_ready(f.connection));
    fixture_close(&f);
}

Test(send, full_server_says_so)
{
    static const char *const SETTINGS[] = {"--maxmemory", "1", NULL};
    const struct redis_server_options options = {.arguments = SETTINGS};
    struct fixture f;
    fixture_start(&f, &options);
    struct answer answer;
    fixture_ask(&f, "SET a b", &answer);
    cr_expect(strncmp(answer.text, "OOM ", 4) == 0 && redis_connection_is_ready(f.connection));
    fixture_close(&f);
}

static bool is_done(void *context)
{
    return *(bool *)context;
}

static void on_done(void *done)
{
    *(bool *)done = true;
}

Test(send, close_cancels_what_waits)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer answers[3];
    fixture_send(&f, "BLPOP nothing 0", 0, &answers[0]);
    fixture_send(&f, "INCR a", 0, &answers[1]);
    bool done = false;
    redis_connection_close(f.connection, on_done, &done);
    fixture_send(&f, "INCR a", 0, &answers[2]);
    cr_assert(loop_run_until(&f.loop, is_done, &done));
    for (int i = 0; i < 3; i++) {
        cr_expect(answers[i].calls == 1 && answers[i].err.kind == ERR_CANCELLED, "command %d: %s",
                  i, answers[i].err.message);
    }
    f.connection = NULL;
    fixture_close(&f);
}

static void close_in_reply(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct fixture *f = context;
    cr_assert(reply != NULL && err == NULL);
    redis_connection_close(f->connection, NULL, NULL);
}

Test(send, close_inside_of_a_reply)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer blocked;
    const struct redis_arg ping[] = {REDIS_ARG("PING")};
    redis_connection_send(f.connection, ping, 1, 0, close_in_reply, &f);
    fixture_send(&f, "BLPOP nothing 0", 0, &blocked);
    fixture_wait(&f, &blocked);
    cr_expect(blocked.err.kind == ERR_CANCELLED);
    f.connection = NULL;
    fixture_close(&f);
}

struct chain {
    struct fixture *fixture;
    unsigned left;
};

static void send_next(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct chain *chain = context;
    cr_assert(reply != NULL && err == NULL);
    if (--chain->left > 0) {
        const struct redis_arg ping[] = {REDIS_ARG("PING")};
        redis_connection_send(chain->fixture->connection, ping, 1, 0, send_next, chain);
    }
}

static bool is_over(void *context)
{
    return ((struct chain *)context)->left == 0;
}

Test(send, from_within_a_reply)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct chain chain = {.fixture = &f, .left = 1000};
    const struct redis_arg ping[] = {REDIS_ARG("PING")};
    redis_connection_send(f.connection, ping, 1, 0, send_next, &chain);
    cr_assert(loop_run_until(&f.loop, is_over, &chain));
    fixture_close(&f);
}
