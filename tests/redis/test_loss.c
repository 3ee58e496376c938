// SPDX-License-Identifier: MIT
//
// The connection goes while it is used: each command is called back exactly once, and it comes
// back.
#include "fake_server.h"
#include "fixture.h"
#include "loop_run.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MANY = 100 };

static void expect_all_uncertain(const struct answer *answers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cr_expect(answers[i].calls == 1, "command %zu was called back %u times", i,
                  answers[i].calls);
        cr_expect(answers[i].err.kind == ERR_UNCERTAIN, "%s", answers[i].err.message);
    }
}

// The first command blocks, so that none of those behind it has its reply when the server goes.
static void send_many_behind_a_block(struct fixture *f, struct answer *answers)
{
    fixture_send(f, "BLPOP nothing 0", 0, &answers[0]);
    for (size_t i = 1; i < MANY; i++) {
        fixture_send(f, "INCR counter", 0, &answers[i]);
    }
}

Test(loss, restart_calls_everything_back_and_comes_up_again)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer answers[MANY];
    send_many_behind_a_block(&f, answers);
    (void)uv_run(&f.loop, UV_RUN_NOWAIT);
    redis_server_restart(f.server);
    fixture_wait_ready(&f, 2);
    expect_all_uncertain(answers, MANY);
    cr_expect(f.down_calls >= 1);
    struct answer answer;
    fixture_ask(&f, "PING", &answer);
    cr_expect_str_eq(answer.text, "PONG");
    fixture_close(&f);
}

Test(loss, crash_calls_everything_back)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer answers[MANY];
    send_many_behind_a_block(&f, answers);
    redis_server_kill(f.server);
    fixture_wait_down(&f, 1);
    expect_all_uncertain(answers, MANY);
    redis_server_launch(f.server);
    fixture_wait_ready(&f, 2);
    fixture_close(&f);
}

static const char *const GREETING_ANSWERS[] = {FAKE_CLIENT_ID, FAKE_NO_HELLO,
                                               "$19\r\nredis_version:7.0.0\r\n", NULL};

// The same for an RST from the peer while a command waits.
Test(loss, reset_by_the_peer)
{
    struct fixture f;
    fixture_open_tcp(&f, 1);
    const struct fake_script script = {.answers = GREETING_ANSWERS, .ending = FAKE_RESET};
    struct fake_server *fake = fake_server_start(&f.loop, &script);
    f.config.port = fake_server_port(fake);
    fixture_connect(&f);
    fixture_wait_ready(&f, 1);
    struct answer answer;
    fixture_ask(&f, "GET a", &answer);
    cr_expect(answer.err.kind == ERR_UNCERTAIN);
    cr_expect(strstr(answer.err.message, "Connection reset by peer") != NULL, "%s",
              answer.err.message);
    fixture_wait_ready(&f, 2);
    cr_expect(f.down_calls == 1 && f.down_err.kind == ERR_UNAVAILABLE);
    fake_server_stop(fake);
    fixture_close(&f);
}

Test(loss, closed_by_the_peer_is_tried_again_at_once)
{
    struct fixture f;
    fixture_open_tcp(&f, 1);
    const struct fake_script script = {.answers = GREETING_ANSWERS, .ending = FAKE_CLOSE};
    struct fake_server *fake = fake_server_start(&f.loop, &script);
    f.config.port = fake_server_port(fake);
    f.config.backoff_base_ms = 3600000; // an hour: what comes back, comes back at once
    f.config.backoff_cap_ms = 3600000;
    fixture_connect(&f);
    fixture_wait_ready(&f, 1);
    struct answer answer;
    fixture_ask(&f, "GET a", &answer);
    cr_expect(answer.err.kind == ERR_UNCERTAIN);
    fixture_wait_ready(&f, 2);
    fake_server_stop(fake);
    fixture_close(&f);
}

Test(loss, idle_connection_notices_that_the_server_went)
{
    struct fixture f;
    fixture_start(&f, NULL);
    redis_server_shut_down(f.server);
    fixture_wait_down(&f, 1);
    fixture_close(&f);
}

// hiredis would abort the process here.
Test(loss, reply_that_nobody_asked_for)
{
    static const char *const EXTRAS[] = {"+OK\r\n+extra\r\n", "+OK\r\n:5\r\n", "+OK\r\n$-1\r\n",
                                         "+OK\r\n*1\r\n+x\r\n"};
    for (size_t i = 0; i < sizeof(EXTRAS) / sizeof(EXTRAS[0]); i++) {
        const char *answers[] = {GREETING_ANSWERS[0], GREETING_ANSWERS[1], GREETING_ANSWERS[2],
                                 EXTRAS[i], NULL};
        struct fixture f;
        fixture_open_tcp(&f, 1);
        struct fake_server *fake =
            fake_server_start(&f.loop, &(struct fake_script){.answers = answers});
        f.config.port = fake_server_port(fake);
        fixture_connect(&f);
        fixture_wait_ready(&f, 1);
        struct answer answer;
        fixture_ask(&f, "SET a b", &answer);
        cr_expect_str_eq(answer.text, "OK");
        fixture_wait_down(&f, 1);
        cr_expect(f.down_err.kind == ERR_CORRUPT, "%s", f.down_err.message);
        cr_expect(strstr(f.down_err.message, "a reply that nobody asked for") != NULL);
        fake_server_stop(fake);
        fixture_close(&f);
    }
}

Test(loss, reply_that_is_no_protocol)
{
    const char *answers[] = {GREETING_ANSWERS[0], GREETING_ANSWERS[1], GREETING_ANSWERS[2],
                             "<html>\r\n", NULL};
    struct fixture f;
    fixture_open_tcp(&f, 1);
    struct fake_server *fake =
        fake_server_start(&f.loop, &(struct fake_script){.answers = answers});
    f.config.port = fake_server_port(fake);
    fixture_connect(&f);
    fixture_wait_ready(&f, 1);
    struct answer answer;
    fixture_ask(&f, "SET a b", &answer);
    cr_expect(answer.err.kind == ERR_UNCERTAIN);
    cr_expect(strstr(answer.err.message, "Protocol error") != NULL, "%s", answer.err.message);
    fake_server_stop(fake);
    fixture_close(&f);
}

Test(loss, frozen_server_is_noticed_by_the_oldest_command)
{
    struct fixture f;
    fixture_start(&f, NULL);
    redis_server_freeze(f.server);
    struct answer answers[MANY];
    fixture_send(&f, "INCR counter", 50, &answers[0]);
    for (size_t i = 1; i < MANY; i++) {
        fixture_send(&f, "INCR counter", 0, &answers[i]);
    }
    fixture_wait_down(&f, 1);
    cr_expect(f.down_err.kind == ERR_TIMEOUT);
    cr_expect(strstr(f.down_err.message, "no reply to INCR within 50 ms") != NULL, "%s",
              f.down_err.message);
    expect_all_uncertain(answers, MANY);
    redis_server_thaw(f.server);
    fixture_wait_ready(&f, 2);
    fixture_close(&f);
}

// A blocking read with a longer time does not hide a late command that stands behind it for ever.
Test(loss, deadlines_of_commands_behind_others_count_too)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer block;
    struct answer late;
    fixture_send(&f, "BLPOP nothing 0.1", 60000, &block);
    fixture_send(&f, "BLPOP nothing 0", 50, &late);
    fixture_wait(&f, &late);
    cr_expect(block.err.kind == ERR_OK && block.type == REDIS_REPLY_NOTHING);
    cr_expect(late.err.kind == ERR_UNCERTAIN);
    fixture_close(&f);
}

// When the loop was busy past the deadline, the reply that has arrived meanwhile counts.
Test(loss, reply_that_waits_in_the_socket_is_no_timeout)
{
    static const char *const SETTINGS[] = {"--enable-debug-command", "yes", NULL};
    const struct redis_server_options options = {.arguments = SETTINGS};
    struct fixture f;
    fixture_start(&f, &options);
    redis_server_freeze(f.server);
    struct answer answers[MANY];
    for (size_t i = 0; i < MANY; i++) {
        fixture_send(&f, "INCR counter", 20, &answers[i]);
    }
    (void)uv_run(&f.loop, UV_RUN_NOWAIT); // the commands go out
    redis_server_thaw(f.server);
    // Meanwhile the loop does not run.
    cr_expect_str_eq(redis_server_command(f.server, "DEBUG SLEEP 0.05"), "+OK");
    fixture_wait(&f, &answers[MANY - 1]);
    cr_expect(answers[MANY - 1].err.kind == ERR_OK, "%s", answers[MANY - 1].err.message);
    cr_expect(answers[MANY - 1].number == MANY);
    cr_expect(f.down_calls == 0);
    fixture_close(&f);
}

// The same of one that takes several reads.
Test(loss, long_reply_that_waits_in_the_socket_is_no_timeout)
{
    enum { LONG = 100000 };
    static const char *const SETTINGS[] = {"--enable-debug-command", "yes", NULL};
    const struct redis_server_options options = {.arguments = SETTINGS};
    struct fixture f;
    fixture_start(&f, &options);
    (void)redis_server_command(f.server, "SETRANGE long 99999 x");
    redis_server_freeze(f.server);
    struct answer answer;
    fixture_send(&f, "GET long", 20, &answer);
    (void)uv_run(&f.loop, UV_RUN_NOWAIT); // the command goes out
    redis_server_thaw(f.server);
    // Meanwhile the loop does not run.
    cr_expect_str_eq(redis_server_command(f.server, "DEBUG SLEEP 0.05"), "+OK");
    fixture_wait(&f, &answer);
    cr_expect(answer.err.kind == ERR_OK && answer.len == LONG, "%s", answer.err.message);
    cr_expect(f.down_calls == 0);
    fixture_close(&f);
}

Test(loss, demoted_master_is_left)
{
    struct fixture f;
    fixture_start(&f, NULL);
    cr_expect_str_eq(redis_server_command(f.server, "REPLICAOF 127.0.0.1 1"), "+OK");
    struct answer answer;
    fixture_ask(&f, "SET a b", &answer);
    cr_expect(answer.type == REDIS_REPLY_ERROR_TEXT && strncmp(answer.text, "READONLY", 8) == 0);
    fixture_wait_down(&f, 2);
    cr_expect(strstr(f.down_err.message, "this server is a replica") != NULL, "%s",
              f.down_err.message);
    cr_expect_str_eq(redis_server_command(f.server, "REPLICAOF NO ONE"), "+OK");
    fixture_wait_ready(&f, 2);
    fixture_close(&f);
}

static void send_again(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct fixture *f = context;
    (void)reply;
    if (err != NULL && f->ready_calls < 2) {
        const struct redis_arg args[] = {REDIS_ARG("PING")};
        redis_connection_send(f->connection, args, 1, 0, send_again, f);
    }
}

// A caller without patience must not keep the loop from what it waits for.
Test(loss, hot_retry_does_not_starve_the_loop)
{
    struct fixture f;
    fixture_start(&f, NULL);
    redis_server_kill(f.server);
    const struct redis_arg args[] = {REDIS_ARG("PING")};
    redis_connection_send(f.connection, args, 1, 0, send_again, &f);
    fixture_wait_down(&f, 1);
    redis_server_launch(f.server);
    fixture_wait_ready(&f, 2);
    fixture_close(&f);
}
