// SPDX-License-Identifier: MIT
//
// Who we say we are, and which servers we refuse.
#include "base/secret.h"
#include "fake_server.h"
#include "fixture.h"
#include "loop_run.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_down(struct fixture *f, enum err_kind kind, const char *message)
{
    fixture_wait_down(f, 1);
    cr_expect(f->down_err.kind == kind, "%s", f->down_err.message);
    cr_expect(strstr(f->down_err.message, message) != NULL, "%s", f->down_err.message);
    cr_expect(f->ready_calls == 0);
}

static const char *const WITH_PASSWORD[] = {"--requirepass", "correct", NULL};
// A connection with this user and password, to a server with these settings and this further user.
static void start_as(struct fixture *f, const char *const *settings, const char *acl,
                     const char *user, const char *password)
{
    const struct redis_server_options options = {.arguments = settings};
    fixture_open(f, &options);
    if (acl != NULL) {
        cr_assert_str_eq(redis_server_command(f->server, acl), "+OK");
    }
    struct secret *secret = secret_create(password, strlen(password));
    f->config.user = user;
    f->config.password = secret;
    fixture_connect(f);
    f->config.password = NULL; // it was copied
    secret_destroy(&secret);
}

Test(greeting, right_password)
{
    struct fixture f;
    start_as(&f, WITH_PASSWORD, NULL, NULL, "correct");
    fixture_wait_ready(&f, 1);
    fixture_close(&f);
}

Test(greeting, wrong_password_is_denied)
{
    struct fixture f;
    start_as(&f, WITH_PASSWORD, NULL, NULL, "wrong");
    expect_down(&f, ERR_DENIED, "AUTH: Redis replied: WRONGPASS ");
    fixture_close(&f);
}

Test(greeting, password_that_was_changed_counts_from_the_next_connect)
{
    struct fixture f;
    start_as(&f, WITH_PASSWORD, NULL, NULL, "correct");
    fixture_wait_ready(&f, 1);
    struct answer answer;
    fixture_ask(&f, "CONFIG SET requirepass changed", &answer);
    cr_expect_str_eq(answer.text, "OK");
    struct secret *secret = secret_create("changed", strlen("changed"));
    redis_connection_set_password(f.connection, secret);
    secret_destroy(&secret); // it was copied
    fixture_ask(&f, "PING", &answer);
    cr_expect_str_eq(answer.text, "PONG");
    fixture_ask(&f, "CLIENT KILL TYPE normal SKIPME no", &answer);
    fixture_wait_ready(&f, 2);
    cr_expect(f.down_err.kind == ERR_UNAVAILABLE, "%s", f.down_err.message);
    fixture_close(&f);
}

// Redis takes any password of a user who needs none.
Test(greeting, password_for_a_server_without_one_does_no_harm)
{
    struct fixture f;
    start_as(&f, NULL, NULL, NULL, "any");
    fixture_wait_ready(&f, 1);
    fixture_close(&f);
}

Test(greeting, missing_password_is_denied)
{
    const struct redis_server_options options = {.arguments = WITH_PASSWORD};
    struct fixture f;
    fixture_open(&f, &options);
    fixture_connect(&f);
    expect_down(&f, ERR_DENIED, "NOAUTH");
    fixture_close(&f);
}

Test(greeting, user_of_the_access_list)
{
    struct fixture f;
    start_as(&f, NULL, "ACL SETUSER maker on >secret ~* +@all", "maker", "secret");
    fixture_wait_ready(&f, 1);
    struct answer answer;
    fixture_ask(&f, "ACL WHOAMI", &answer);
    cr_expect_str_eq(answer.text, "maker");
    fixture_close(&f);
}

// Redis lets every user say HELLO.
Test(greeting, user_with_few_rights_gets_what_hello_tells)
{
    struct fixture f;
    start_as(&f, NULL, "ACL SETUSER poor on >secret ~* +get", "poor", "secret");
    fixture_wait_ready(&f, 1);
    cr_expect(f.info.version_major >= 7 && f.info.client_id > 0);
    cr_expect_str_eq(f.info.maxmemory_policy, "");
    cr_expect(!f.info.is_volatile, "it is, but who may not look must not say so");
    struct answer answer;
    fixture_ask(&f, "SET a b", &answer);
    cr_expect(strncmp(answer.text, "NOPERM ", 7) == 0, "%s", answer.text);
    fixture_close(&f);
}

Test(greeting, user_without_the_right_to_select_is_denied)
{
    struct fixture f;
    fixture_open(&f, NULL);
    cr_assert_str_eq(redis_server_command(f.server, "ACL SETUSER default -select"), "+OK");
    f.config.database = 2;
    fixture_connect(&f);
    expect_down(&f, ERR_DENIED, "SELECT 2: Redis replied: NOPERM ");
    fixture_close(&f);
}

Test(greeting, user_without_hello_takes_the_version_from_info)
{
    struct fixture f;
    start_as(&f, NULL, "ACL SETUSER lean on >secret ~* +@all -hello", "lean", "secret");
    fixture_wait_ready(&f, 1);
    cr_expect(f.info.version_major >= 7 && f.info.client_id > 0);
    fixture_close(&f);
}

Test(greeting, database_is_selected_again_after_a_reconnect)
{
    struct fixture f;
    fixture_open(&f, NULL);
    f.config.database = 3;
    fixture_connect(&f);
    struct answer answer;
    for (unsigned round = 1; round <= 2; round++) {
        fixture_wait_ready(&f, round);
        fixture_ask(&f, "CLIENT INFO", &answer);
        cr_expect(strstr(answer.text, " db=3 ") != NULL, "%s", answer.text);
        if (round == 1) {
            redis_server_restart(f.server);
        }
    }
    fixture_close(&f);
}

Test(greeting, database_that_does_not_exist_is_a_setting_to_mend)
{
    struct fixture f;
    fixture_open(&f, NULL);
    f.config.database = 99;
    fixture_connect(&f);
    expect_down(&f, ERR_CONFIG, "SELECT 99: Redis replied: ERR DB index is out of range");
    fixture_close(&f);
}

Test(greeting, replica_is_not_used)
{
    static const char *const SETTINGS[] = {"--replicaof", "127.0.0.1 1", NULL};
    const struct redis_server_options options = {.arguments = SETTINGS};
    struct fixture f;
    fixture_open(&f, &options);
    fixture_connect(&f);
    expect_down(&f, ERR_UNAVAILABLE, "this server is a replica");
    cr_expect_str_eq(redis_server_command(f.server, "REPLICAOF NO ONE"), "+OK");
    fixture_wait_ready(&f, 1);
    fixture_close(&f);
}

Test(greeting, full_server_is_unavailable)
{
    static const char *const SETTINGS[] = {"--maxclients", "1", NULL};
    const struct redis_server_options options = {.arguments = SETTINGS};
    struct fixture f;
    fixture_start(&f, &options);
    struct fixture second;
    fixture_open_tcp(&second, 1);
    second.config.unix_path = redis_server_unix_path(f.server);
    fixture_connect(&second);
    expect_down(&second, ERR_UNAVAILABLE, "max number of clients reached");
    fixture_close(&second);
    fixture_close(&f);
}

// Between our connect and our first write: when this is refused, too, our own refusal is there.
static void wait_for_refusal(uv_prepare_t *handle)
{
    struct fixture *f = handle->data;
    const char *reply = redis_server_command(f->server, "PING");
    cr_expect_str_eq(reply, "-ERR max number of clients reached");
    uv_close((uv_handle_t *)handle, NULL);
}

Test(greeting, full_server_that_has_closed_before_we_write)
{
    static const char *const SETTINGS[] = {"--maxclients", "1", NULL};
    const struct redis_server_options options = {.arguments = SETTINGS};
    struct fixture f;
    fixture_start(&f, &options);
    struct fixture second;
    fixture_open_tcp(&second, 1);
    second.config.unix_path = redis_server_unix_path(f.server);
    fixture_connect(&second);
    uv_prepare_t before_poll = {.data = &f};
    (void)uv_prepare_init(&second.loop, &before_poll);
    (void)uv_prepare_start(&before_poll, wait_for_refusal);
    expect_down(&second, ERR_UNAVAILABLE, "max number of clients reached");
    fixture_close(&second);
    fixture_close(&f);
}

// What a server answers to CLIENT ID, HELLO and INFO, and what is made of it.
static void expect_verdict(const char *hello, const char *info, enum err_kind kind,
                           const char *message)
{
    const char *answers[] = {FAKE_CLIENT_ID, hello, fake_info(info), NULL};
    struct fixture f;
    fixture_open_tcp(&f, 1);
    struct fake_server *fake =
        fake_server_start(&f.loop, &(struct fake_script){.answers = answers});
    f.config.port = fake_server_port(fake);
    fixture_connect(&f);
    if (kind == ERR_OK) {
        fixture_wait_ready(&f, 1);
    } else {
        expect_down(&f, kind, message);
    }
    fake_server_stop(fake);
    fixture_close(&f);
}

Test(greeting, old_server_is_refused_by_name)
{
    expect_verdict(FAKE_NO_HELLO, "# Server\r\nredis_version:6.2.7\r\nredis_mode:standalone\r\n",
                   ERR_CONFIG, ": Redis 6.2.7 is too old: packreport needs 7.0 or later");
}

Test(greeting, servers_that_will_do)
{
    expect_verdict(FAKE_NO_HELLO, "redis_version:7.0.0", ERR_OK, "");
    expect_verdict(FAKE_NO_HELLO, "redis_version:10.1\r\nrole:master\r\n", ERR_OK, "");
    expect_verdict("*4\r\n$7\r\nversion\r\n$5\r\n8.1.0\r\n$4\r\nrole\r\n$6\r\nmaster\r\n", "",
                   ERR_OK, "");
}

Test(greeting, servers_that_will_not)
{
    expect_verdict(FAKE_NO_HELLO, "redis_version:7.2.4\r\nloading:1\r\n", ERR_UNAVAILABLE,
                   "still loading its data");
    expect_verdict(FAKE_NO_HELLO, "redis_version:7.2.4\r\nredis_mode:sentinel\r\n", ERR_CONFIG,
                   "this is a Sentinel");
    expect_verdict("*4\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n$4\r\nrole\r\n$7\r\nreplica\r\n", "",
                   ERR_UNAVAILABLE, "this server is a replica");
    expect_verdict(FAKE_NO_HELLO, "nothing of use\r\n", ERR_DENIED, "neither by INFO nor by HELLO");
    expect_verdict("*3\r\n$7\r\nversion\r\n:5\r\n*0\r\n", "redis_version:\r\n", ERR_DENIED,
                   "neither by INFO nor by HELLO");
    expect_verdict(FAKE_NO_HELLO, "redis_version:seven\r\n", ERR_CONFIG, "Redis seven is too old");
}

Test(greeting, what_is_no_redis_at_all)
{
    static const char *const HELLOS[] = {"220 mail.example.com ESMTP\r\n",
                                         "HTTP/1.1 400 Bad\r\n\r\n", "+OK a post office\r\n",
                                         "*99999999999\r\n", "$-7\r\nx"};
    for (size_t i = 0; i < sizeof(HELLOS) / sizeof(HELLOS[0]); i++) {
        struct fixture f;
        fixture_open_tcp(&f, 1);
        const struct fake_script script = {.hello = HELLOS[i]};
        struct fake_server *fake = fake_server_start(&f.loop, &script);
        f.config.port = fake_server_port(fake);
        f.config.connect_timeout_ms = 100;
        fixture_connect(&f);
        fixture_wait_down(&f, 1);
        cr_expect(f.ready_calls == 0);
        fake_server_stop(fake);
        fixture_close(&f);
    }
}
