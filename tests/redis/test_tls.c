// SPDX-License-Identifier: MIT
//
// TLS under a connection: what is large, what ends in the middle, and what cannot be made. Messages
// about certificates: tests/flow/tls.test.mjs.
#include "fake_server.h"
#include "fixture.h"
#include "loop_run.h"
#include "tls_session.h"

#include "base/mem.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_BYTES = 160,
    BIG_BYTES = 12 * 1000 * 1000,
    MORE_BYTES = 3 * 1000 * 1000,
    FILLED_MS = 50, // more than a socket of this host takes to be full
};

struct certificate {
    char folder[64];
    char cert[PATH_BYTES]; // self-signed, for 127.0.0.1
    char key[PATH_BYTES];
};

static void make_certificate(struct certificate *made)
{
    memcpy(made->folder, "/tmp/packreport-tls-XXXXXX", sizeof("/tmp/packreport-tls-XXXXXX"));
    cr_assert_not_null(mkdtemp(made->folder));
    (void)snprintf(made->cert, sizeof(made->cert), "%s/cert.pem", made->folder);
    (void)snprintf(made->key, sizeof(made->key), "%s/key.pem", made->folder);
    char command[1024];
    (void)snprintf(command, sizeof(command),
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                   "-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s "
                   "2>/dev/null",
                   made->key, made->cert);
    cr_assert_eq(system(command), 0); // NOLINT(cert-env33-c): a fixed command of the test's own
}

static void remove_certificate(const struct certificate *made)
{
    (void)remove(made->cert);
    (void)remove(made->key);
    (void)remove(made->folder);
}

static struct redis_tls *make_tls(const struct certificate *made)
{
    const struct redis_tls_config config = {.ca_path = made->cert};
    struct redis_tls *tls = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(redis_tls_create(&config, &tls, &err), ERR_OK, "%s", err.message);
    return tls;
}

// A server with a TLS port, and a connection to it that is ready.
static void start(struct fixture *f, struct certificate *made)
{
    make_certificate(made);
    fixture_open(f, &(struct redis_server_options){.tls_cert = made->cert, .tls_key = made->key});
    f->config.unix_path = NULL;
    f->config.host = "127.0.0.1";
    f->config.port = redis_server_port(f->server);
    f->config.tls = make_tls(made);
    fixture_connect(f);
    redis_tls_unref(&f->config.tls); // the connection has its own
    fixture_wait_ready(f, 1);
}

static void end(struct fixture *f, struct certificate *made)
{
    fixture_close(f);
    remove_certificate(made);
}

static bool is_answered(void *answer)
{
    return ((const struct answer *)answer)->calls > 0;
}

Test(tls, a_command_that_fills_the_socket_goes_out_with_nothing_to_read)
{
    struct fixture f;
    struct certificate made;
    start(&f, &made);
    redis_server_freeze(f.server); // so that its socket and ours fill up
    char *bytes = mem_alloc(BIG_BYTES, 1);
    memset(bytes, 'x', BIG_BYTES);
    const struct redis_arg args[] = {
        REDIS_ARG("SET"), REDIS_ARG("big"), {.bytes = bytes, .len = BIG_BYTES}};
    struct answer set = {0};
    redis_connection_send(f.connection, args, ARRAY_LEN(args), 20000, on_answer, &set);
    cr_expect(!loop_run_until_in(&f.loop, is_answered, &set, FILLED_MS));
    // So much more that what hiredis could not send yet moves in memory.
    const struct redis_arg more[] = {
        REDIS_ARG("APPEND"), REDIS_ARG("big"), {.bytes = bytes, .len = MORE_BYTES}};
    struct answer length = {0};
    redis_connection_send(f.connection, more, ARRAY_LEN(more), 20000, on_answer, &length);
    cr_expect(!loop_run_until_in(&f.loop, is_answered, &set, FILLED_MS));
    redis_server_thaw(f.server);
    fixture_wait(&f, &length);
    cr_expect_str_eq(set.text, "OK", "%s", set.err.message);
    cr_expect_eq(length.number, BIG_BYTES + MORE_BYTES);
    cr_expect_eq(f.down_calls, 0, "%s", f.down_err.message);
    mem_free(&bytes);
    end(&f, &made);
}

Test(tls, a_large_reply_arrives_whole)
{
    struct fixture f;
    struct certificate made;
    start(&f, &made);
    (void)redis_server_command(f.server, "SETRANGE big 11999999 y");
    struct answer answer;
    fixture_send(&f, "GET big", 20000, &answer);
    fixture_wait(&f, &answer);
    cr_expect_eq(answer.len, BIG_BYTES);
    end(&f, &made);
}

Test(tls, a_server_that_dies_is_missed_and_found_again)
{
    struct fixture f;
    struct certificate made;
    start(&f, &made);
    struct answer answer;
    redis_server_freeze(f.server);
    fixture_send(&f, "PING", 0, &answer);
    redis_server_kill(f.server);
    fixture_wait(&f, &answer);
    cr_expect_eq(answer.err.kind, ERR_UNCERTAIN, "%s", answer.err.message);
    redis_server_launch(f.server);
    fixture_wait_ready(&f, 2);
    fixture_ask(&f, "PING", &answer);
    cr_expect_str_eq(answer.text, "PONG");
    end(&f, &made);
}

static bool has_client(void *server)
{
    return fake_server_clients(server) > 0;
}

Test(tls, closes_in_the_middle_of_a_handshake)
{
    struct fixture f;
    struct certificate made;
    make_certificate(&made);
    uv_loop_t *loop = &f.loop;
    fixture_open_tcp(&f, 1);
    struct fake_server *server =
        fake_server_start(loop, &(struct fake_script){.ending = FAKE_SILENCE});
    f.config.port = fake_server_port(server);
    f.config.tls = make_tls(&made);
    fixture_connect(&f);
    redis_tls_unref(&f.config.tls);
    cr_assert(loop_run_until(loop, has_client, server));
    fake_server_stop(server);
    end(&f, &made);
    cr_expect_eq(f.ready_calls, 0);
}

Test(tls, a_silent_server_is_given_up_with_what_it_may_be)
{
    struct fixture f;
    struct certificate made;
    make_certificate(&made);
    fixture_open_tcp(&f, 1);
    struct fake_server *server =
        fake_server_start(&f.loop, &(struct fake_script){.ending = FAKE_SILENCE});
    f.config.port = fake_server_port(server);
    f.config.tls = make_tls(&made);
    f.config.connect_timeout_ms = 100;
    fixture_connect(&f);
    redis_tls_unref(&f.config.tls);
    fixture_wait_down(&f, 2);
    cr_expect_eq(f.down_err.kind, ERR_TIMEOUT);
    cr_expect(strstr(f.down_err.message, "TLS: no answer to the handshake within 100 ms; "
                                         "rediss:// needs the server's tls-port") != NULL,
              "%s", f.down_err.message);
    fake_server_stop(server);
    end(&f, &made);
}

Test(tls, a_server_that_hangs_up_in_the_handshake)
{
    static const enum fake_ending ENDINGS[] = {FAKE_CLOSE, FAKE_RESET};
    for (size_t i = 0; i < ARRAY_LEN(ENDINGS); i++) {
        struct fixture f;
        struct certificate made;
        make_certificate(&made);
        fixture_open_tcp(&f, 1);
        struct fake_server *server =
            fake_server_start(&f.loop, &(struct fake_script){.ending = ENDINGS[i]});
        f.config.port = fake_server_port(server);
        f.config.tls = make_tls(&made);
        fixture_connect(&f);
        redis_tls_unref(&f.config.tls);
        fixture_wait_down(&f, 3);
        cr_expect_eq(f.down_err.kind, ERR_UNAVAILABLE, "%s", f.down_err.message);
        fake_server_stop(server);
        end(&f, &made);
    }
}

// OpenSSL takes the name "" for any name.
Test(tls, no_host_is_no_host_that_can_be_verified)
{
    struct certificate made;
    make_certificate(&made);
    struct redis_tls *tls = make_tls(&made);
    redisAsyncContext *context = redisAsyncConnect("127.0.0.1", 1);
    struct redis_tls_session *session = NULL;
    struct err err = ERR_INIT;
    cr_expect_eq(redis_tls_session_attach(tls, "", context, &session, &err), ERR_CONFIG);
    cr_expect(strstr(err.message, "\"\" is neither a name nor an address") != NULL, "%s",
              err.message);
    redisAsyncFree(context);
    redis_tls_unref(&tls);
    remove_certificate(&made);
}
