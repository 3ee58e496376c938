// SPDX-License-Identifier: MIT
//
// Coming up, and not coming up: addresses, refusal, silence, the end at any moment.
#include "fake_names.h"
#include "fake_server.h"
#include "fixture.h"
#include "loop_run.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

Test(connect, over_a_unix_socket)
{
    struct fixture f;
    fixture_start(&f, NULL);
    cr_expect(f.info.version_major >= 7);
    cr_expect(f.info.client_id > 0);
    cr_expect_str_eq(f.info.maxmemory_policy, "noeviction");
    cr_expect(f.info.is_volatile);
    cr_expect(redis_connection_server(f.connection)->client_id == f.info.client_id);
    struct answer answer;
    fixture_ask(&f, "CLIENT GETNAME", &answer);
    cr_expect_str_eq(answer.text, "test");
    cr_expect(f.down_calls == 0);
    fixture_close(&f);
}

static void start_tcp(struct fixture *f, const char *host)
{
    const struct redis_server_options options = {.tcp = true, .append_only = true};
    fixture_open(f, &options);
    f->config.unix_path = NULL;
    f->config.host = host;
    f->config.port = redis_server_port(f->server);
    fixture_connect(f);
    fixture_wait_ready(f, 1);
}

Test(connect, over_tcp_by_address)
{
    struct fixture f;
    start_tcp(&f, "127.0.0.1");
    cr_expect(!f.info.is_volatile);
    struct answer answer;
    fixture_ask(&f, "PING", &answer);
    cr_expect_str_eq(answer.text, "PONG");
    fixture_close(&f);
}

// The server listens on the second address only.
Test(connect, over_tcp_by_name_tries_each_address)
{
    struct fixture f;
    start_tcp(&f, "two.example.com");
    cr_expect(f.down_calls == 0);
    redis_server_restart(f.server);
    fixture_wait_ready(&f, 2);
    fixture_close(&f);
}

Test(connect, name_whose_addresses_all_fail_names_the_last)
{
    struct fixture f;
    fixture_open_tcp(&f, 1);
    f.config.host = "two.example.com";
    fixture_connect(&f);
    fixture_wait_down(&f, 2);
    cr_expect_str_eq(f.down_err.message, "redis 127.0.0.1:1: connect: Connection refused");
    fixture_close(&f);
}

// With hiredis' own adapter neither of these ever comes back.
Test(connect, refused_is_reported_and_tried_again)
{
    struct fixture f;
    fixture_open_tcp(&f, 1); // nobody listens there
    fixture_connect(&f);
    fixture_wait_down(&f, 3);
    cr_expect(f.down_err.kind == ERR_UNAVAILABLE);
    cr_expect_str_eq(f.down_err.message, "redis 127.0.0.1:1: connect: Connection refused");
    cr_expect(f.ready_calls == 0);
    fixture_close(&f);
}

Test(connect, refused_ipv6_address_is_bracketed)
{
    struct fixture f;
    fixture_open_tcp(&f, 1);
    f.config.host = "::1";
    fixture_connect(&f);
    fixture_wait_down(&f, 1);
    cr_expect(strncmp(f.down_err.message, "redis [::1]:1: connect: ", 24) == 0, "%s",
              f.down_err.message);
    fixture_close(&f);
}

Test(connect, missing_unix_socket_is_reported)
{
    struct fixture f;
    fixture_open_tcp(&f, 1);
    f.config.unix_path = "/nonexistent/redis.sock";
    fixture_connect(&f);
    fixture_wait_down(&f, 2);
    cr_expect_str_eq(f.down_err.message,
                     "redis /nonexistent/redis.sock: connect: No such file or directory");
    fixture_close(&f);
}

Test(connect, comes_up_when_the_server_does)
{
    struct fixture f;
    fixture_open(&f, NULL);
    redis_server_kill(f.server);
    fixture_connect(&f);
    fixture_wait_down(&f, 2);
    redis_server_launch(f.server);
    fixture_wait_ready(&f, 1);
    fixture_close(&f);
}

Test(connect, unknown_name_is_reported)
{
    struct fixture f;
    fixture_open_tcp(&f, 6379);
    f.config.host = "redis.invalid";
    fixture_connect(&f);
    fixture_wait_down(&f, 2);
    cr_expect(f.down_err.kind == ERR_UNAVAILABLE);
    cr_expect_str_eq(f.down_err.message, "redis redis.invalid: resolve: unknown node or service");
    fixture_close(&f);
}

// The look-up cannot be stopped once a thread is at it; the next round takes its answer.
Test(connect, slow_look_up_times_out_and_is_used_when_it_comes)
{
    const struct redis_server_options options = {.tcp = true};
    struct fixture f;
    fixture_open(&f, &options);
    f.config.unix_path = NULL;
    f.config.host = "held.example.com";
    f.config.port = redis_server_port(f.server);
    f.config.connect_timeout_ms = 50;
    fake_names_hold();
    fixture_connect(&f);
    fixture_wait_down(&f, 2);
    cr_expect(f.down_err.kind == ERR_TIMEOUT);
    cr_expect_str_eq(f.down_err.message, "redis held.example.com: resolve: no answer within 50 ms");
    fake_names_release();
    fixture_wait_ready(&f, 1);
    fixture_close(&f);
}

static bool is_set(void *context)
{
    return *(bool *)context;
}

static void set(void *flag)
{
    *(bool *)flag = true;
}

Test(connect, close_waits_for_a_look_up_under_way)
{
    struct fixture f;
    fixture_open_tcp(&f, 6379);
    f.config.host = "held.example.com";
    f.config.connect_timeout_ms = 5;
    fake_names_hold();
    fixture_connect(&f);
    fixture_wait_down(&f, 1);
    bool closed = false;
    redis_connection_close(f.connection, set, &closed);
    cr_expect(!loop_run_until_in(&f.loop, is_set, &closed, 20));
    fake_names_release();
    cr_expect(loop_run_until(&f.loop, is_set, &closed));
    f.connection = NULL;
    fixture_close(&f);
    cr_expect(f.ready_calls == 0);
}

Test(connect, silent_server_times_out)
{
    struct fixture f;
    fixture_open_tcp(&f, 1);
    struct fake_server *fake =
        fake_server_start(&f.loop, &(struct fake_script){.ending = FAKE_SILENCE});
    f.config.port = fake_server_port(fake);
    f.config.connect_timeout_ms = 50;
    fixture_connect(&f);
    fixture_wait_down(&f, 2);
    cr_expect(f.down_err.kind == ERR_TIMEOUT);
    cr_expect(strstr(f.down_err.message, "connected, but silent within 50 ms") != NULL, "%s",
              f.down_err.message);
    fake_server_stop(fake);
    fixture_close(&f);
}

Test(connect, frozen_server_times_out_then_recovers)
{
    struct fixture f;
    fixture_open(&f, NULL);
    redis_server_freeze(f.server);
    f.config.connect_timeout_ms = 50;
    fixture_connect(&f);
    fixture_wait_down(&f, 2);
    cr_expect(f.down_err.kind == ERR_TIMEOUT);
    redis_server_thaw(f.server);
    fixture_wait_ready(&f, 1);
    fixture_close(&f);
}

Test(connect, reset_during_the_greeting_is_reported)
{
    static const char *const ANSWERS[] = {FAKE_CLIENT_ID, NULL};
    struct fixture f;
    fixture_open_tcp(&f, 1);
    struct fake_server *fake =
        fake_server_start(&f.loop, &(struct fake_script){.answers = ANSWERS, .ending = FAKE_RESET});
    f.config.port = fake_server_port(fake);
    fixture_connect(&f);
    fixture_wait_down(&f, 3);
    cr_expect(f.down_err.kind == ERR_UNAVAILABLE);
    fake_server_stop(fake);
    fixture_close(&f);
}

Test(connect, reset_at_once_is_reported)
{
    struct fixture f;
    fixture_open_tcp(&f, 1);
    struct fake_server *fake =
        fake_server_start(&f.loop, &(struct fake_script){.ending = FAKE_RESET});
    f.config.port = fake_server_port(fake);
    fixture_connect(&f);
    fixture_wait_down(&f, 3);
    cr_expect(f.down_err.kind == ERR_UNAVAILABLE);
    cr_expect(strstr(f.down_err.message, "reset by peer") != NULL, "%s", f.down_err.message);
    fake_server_stop(fake);
    fixture_close(&f);
}

Test(connect, close_before_the_first_turn)
{
    struct fixture f;
    fixture_open_tcp(&f, 1);
    fixture_connect(&f);
    fixture_close(&f);
    cr_expect(f.ready_calls == 0 && f.down_calls == 0);
}

// Closes after each number of turns of the loop that it takes to become ready, and a few more.
Test(connect, close_at_any_moment)
{
    struct redis_server *server = redis_server_start(NULL);
    for (int turns = 1; turns < 12; turns++) {
        struct fixture f;
        fixture_open_tcp(&f, 1);
        f.config.unix_path = redis_server_unix_path(server);
        fixture_connect(&f);
        for (int i = 0; i < turns; i++) {
            (void)uv_run(&f.loop, UV_RUN_ONCE);
            if (f.ready_calls > 0) {
                break; // an idle connection would wait for ever
            }
        }
        unsigned ready_calls = f.ready_calls;
        fixture_close(&f);
        cr_expect(f.closed_calls == 1 && f.ready_calls == ready_calls && f.down_calls == 0);
    }
    redis_server_stop(&server);
}

static void close_in_on_ready(void *owner, const struct redis_server_info *server)
{
    (void)server;
    struct fixture *f = owner;
    f->ready_calls++;
    redis_connection_close(f->connection, NULL, NULL);
    f->connection = NULL;
}

static void close_in_on_down(void *owner, const struct err *err)
{
    (void)err;
    struct fixture *f = owner;
    f->down_calls++;
    redis_connection_close(f->connection, NULL, NULL);
    f->connection = NULL;
}

Test(connect, close_inside_of_its_own_events)
{
    struct fixture f;
    fixture_open(&f, NULL);
    const struct redis_events events = {
        .owner = &f, .on_ready = close_in_on_ready, .on_down = close_in_on_down};
    f.connection = redis_connection_create(&f.loop, &f.config, &events);
    fixture_wait_ready(&f, 1);
    redis_server_kill(f.server);
    f.connection = redis_connection_create(&f.loop, &f.config, &events);
    fixture_wait_down(&f, 1);
    fixture_close(&f);
}
