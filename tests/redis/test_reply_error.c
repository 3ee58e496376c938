// SPDX-License-Identifier: MIT
//
// What error replies ask for: each row of the table, from a real server where one can be brought to
// say it, and that the remedy helps: the same operation succeeds later, on this connection or on a
// new one.
#include "base/text.h"
#include "fake_server.h"
#include "fixture.h"
#include "hiredis_api.h"
#include "loop_run.h"
#include "redis/reply_error.h"
#include "reply_wire.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static redisReply *parse(const char *text)
{
    redisReader *reader = redisReaderCreate();
    void *wire = NULL;
    cr_assert(redisReaderFeed(reader, text, strlen(text)) == REDIS_OK);
    cr_assert(redisReaderGetReply(reader, &wire) == REDIS_OK && wire != NULL);
    redisReaderFree(reader);
    return wire;
}

// The texts are those of Redis 7.0.
Test(reply_error, each_row)
{
    static const struct {
        const char *text;
        enum redis_remedy remedy;
        enum err_kind kind;
        const char *code;
    } CASES[] = {
        {"LOADING Redis is loading the dataset in memory", REDIS_REMEDY_RECONNECT, ERR_UNAVAILABLE,
         "LOADING"},
        {"READONLY You can't write against a read only replica.", REDIS_REMEDY_RECONNECT,
         ERR_UNAVAILABLE, "READONLY"},
        {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
         REDIS_REMEDY_RECONNECT, ERR_UNAVAILABLE, "MASTERDOWN"},
        {"NOREPLICAS Not enough good replicas to write.", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE,
         "NOREPLICAS"},
        {"MISCONF Redis is configured to save RDB snapshots, but", REDIS_REMEDY_RETRY,
         ERR_UNAVAILABLE, "MISCONF"},
        {"CLUSTERDOWN The cluster is down", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE, "CLUSTERDOWN"},
        {"TRYAGAIN Multiple keys request during rehashing of slot", REDIS_REMEDY_RETRY,
         ERR_UNAVAILABLE, "TRYAGAIN"},
        {"BUSY Redis is busy running a script.", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE, "BUSY"},
        {"OOM command not allowed when used memory > 'maxmemory'.", REDIS_REMEDY_RETRY,
         ERR_UNAVAILABLE, "OOM"},
        {"UNBLOCKED force unblock from blocking operation, instance state changed (master -> "
         "replica?)",
         REDIS_REMEDY_RECONNECT, ERR_UNAVAILABLE, "UNBLOCKED"},
        {"UNBLOCKED the stream key no longer exists", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE,
         "UNBLOCKED"},
        {"ERR max number of clients reached", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE, "ERR"},
        {"MOVED 3999 127.0.0.1:6381", REDIS_REMEDY_RECONNECT, ERR_UNAVAILABLE, "MOVED"},
        {"ASK 3999 127.0.0.1:6381", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE, "ASK"},
        {"NOSCRIPT No matching script. Please use EVAL.", REDIS_REMEDY_SEND_BODY, ERR_NOT_FOUND,
         "NOSCRIPT"},
        {"NOGROUP No such key 's' or consumer group 'g'", REDIS_REMEDY_MAKE_GROUP, ERR_NOT_FOUND,
         "NOGROUP"},
        {"BUSYGROUP Consumer Group name already exists", REDIS_REMEDY_GIVE_UP, ERR_INTERNAL,
         "BUSYGROUP"},
        {"NOAUTH Authentication required.", REDIS_REMEDY_GIVE_UP, ERR_DENIED, "NOAUTH"},
        {"WRONGPASS invalid username-password pair or user is disabled.", REDIS_REMEDY_GIVE_UP,
         ERR_DENIED, "WRONGPASS"},
        {"NOPERM this user has no permissions to run the 'get' command", REDIS_REMEDY_GIVE_UP,
         ERR_DENIED, "NOPERM"},
        {"DENIED Redis is running in protected mode", REDIS_REMEDY_GIVE_UP, ERR_DENIED, "DENIED"},
        {"WRONGTYPE Operation against a key", REDIS_REMEDY_GIVE_UP, ERR_INTERNAL, "WRONGTYPE"},
        {"OOM", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE, "OOM"},
        {"OOMPH", REDIS_REMEDY_GIVE_UP, ERR_INTERNAL, "OOMPH"},
        {"ERR", REDIS_REMEDY_GIVE_UP, ERR_INTERNAL, "ERR"},
        {"", REDIS_REMEDY_GIVE_UP, ERR_INTERNAL, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char line[256];
        (void)snprintf(line, sizeof(line), "-%s\r\n", CASES[i].text);
        redisReply *wire = parse(line);
        const struct redis_reply *reply = redis_reply_of_wire(wire);
        struct err err = ERR_INIT;
        cr_expect(redis_reply_err(reply, &err) == CASES[i].kind, "%s", CASES[i].text);
        cr_expect(err.kind == CASES[i].kind);
        cr_expect_str_eq(err.upstream_code, CASES[i].code);
        cr_expect(strstr(err.message, CASES[i].text) != NULL, "%s", err.message);
        cr_expect(redis_reply_remedy(reply) == CASES[i].remedy, "%s", CASES[i].text);
        freeReplyObject(wire);
    }
}

Test(reply_error, none_in_what_is_no_error)
{
    redisReply *wire = parse("+LOADING\r\n");
    struct err err = ERR_INIT;
    cr_expect(redis_reply_err(redis_reply_of_wire(wire), &err) == ERR_OK && err.kind == ERR_OK);
    cr_expect(redis_reply_remedy(redis_reply_of_wire(wire)) == REDIS_REMEDY_NONE);
    freeReplyObject(wire);
}

Test(reply_error, code_word_that_is_too_long_is_left_out)
{
    char line[300] = "-";
    memset(line + 1, 'A', 200);
    memcpy(line + 201, "\r\n", 3);
    redisReply *wire = parse(line);
    struct err err = ERR_INIT;
    cr_expect(redis_reply_err(redis_reply_of_wire(wire), &err) == ERR_INTERNAL);
    cr_expect_str_eq(err.upstream_code, "");
    freeReplyObject(wire);
}

// ---- from real servers

static void expect_error(struct fixture *f, const char *line, const char *code)
{
    struct answer answer;
    fixture_ask(f, line, &answer);
    cr_expect(answer.type == REDIS_REPLY_ERROR_TEXT, "%s: %s", line, answer.text);
    cr_expect(strncmp(answer.text, code, strlen(code)) == 0, "%s: %s", line, answer.text);
}

// The same operation later; and how often the connection was made until then.
static void expect_ok(struct fixture *f, const char *line, unsigned ready_calls)
{
    struct answer answer;
    fixture_wait_ready(f, ready_calls);
    fixture_ask(f, line, &answer);
    cr_expect(answer.err.kind == ERR_OK && answer.type != REDIS_REPLY_ERROR_TEXT, "%s: %s%s", line,
              answer.err.message, answer.text);
    cr_expect(f->ready_calls == ready_calls, "connected %u times", f->ready_calls);
}

static void tell(struct fixture *f, const char *line)
{
    cr_assert_str_eq(redis_server_command(f->server, line), "+OK", "%s", line);
}

Test(reply_error, conditions_of_a_master_pass_on_the_same_connection)
{
    static const struct {
        const char *code;
        const char *begin;
        const char *end;
    } CASES[] = {
        {"OOM", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"},
        {"NOREPLICAS", "CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct fixture f;
        fixture_start(&f, NULL);
        tell(&f, CASES[i].begin);
        expect_error(&f, "SET a b", CASES[i].code);
        tell(&f, CASES[i].end);
        struct answer answer;
        fixture_ask(&f, "SET a b", &answer);
        cr_expect_str_eq(answer.text, "OK");
        cr_expect(f.ready_calls == 1 && f.down_calls == 0);
        fixture_close(&f);
    }
}

// A snapshot cannot be written where a folder has its name.
Test(reply_error, misconf)
{
    struct fixture f;
    fixture_start(&f, NULL);
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/dump.rdb", redis_server_folder(f.server));
    cr_assert(mkdir(path, 0700) == 0);
    tell(&f, "CONFIG SET save \"3600 1000\"");
    struct answer answer;
    fixture_ask(&f, "BGSAVE", &answer);
    do {
        fixture_ask(&f, "SET a b", &answer);
    } while (strcmp(answer.text, "OK") == 0);
    cr_expect(strncmp(answer.text, "MISCONF", strlen("MISCONF")) == 0, "%s", answer.text);
    cr_assert(rmdir(path) == 0);
    tell(&f, "CONFIG SET stop-writes-on-bgsave-error no");
    expect_ok(&f, "SET a b", 1);
    fixture_close(&f);
}

// Sends a script that does not end, without waiting for it. Returns the socket.
static int start_endless_script(struct redis_server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
                   redis_server_unix_path(server));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    static const char SCRIPT[] = "EVAL 'while true do end' 0\r\n";
    cr_assert(write(fd, SCRIPT, strlen(SCRIPT)) == (ssize_t)strlen(SCRIPT));
    return fd;
}

Test(reply_error, busy)
{
    static const char *const SETTINGS[] = {"--busy-reply-threshold", "10", NULL};
    struct fixture f;
    fixture_open(&f, &(struct redis_server_options){.arguments = SETTINGS});
    f.config.role_check_ms = 1; // which is answered with BUSY, too
    fixture_connect(&f);
    fixture_wait_ready(&f, 1);
    int fd = start_endless_script(f.server);
    struct answer answer;
    do {
        fixture_ask(&f, "GET a", &answer);
    } while (answer.type == REDIS_REPLY_NOTHING); // the script has not begun
    cr_expect(strncmp(answer.text, "BUSY ", strlen("BUSY ")) == 0, "%s", answer.text);
    for (int i = 0; i < 20; i++) {
        expect_error(&f, "GET a", "BUSY");
    }
    do {
        fixture_ask(&f, "SCRIPT KILL", &answer);
        fixture_ask(&f, "GET a", &answer);
    } while (answer.type != REDIS_REPLY_NOTHING);
    expect_ok(&f, "SET a b", 1);
    (void)close(fd);
    fixture_close(&f);
}

Test(reply_error, master_that_became_a_replica_is_left)
{
    static const char *const STALE[] = {"--replica-serve-stale-data", "no", NULL};
    static const struct {
        const char *code;
        const char *const *settings;
        const char *line;
    } CASES[] = {
        {"READONLY", NULL, "SET a b"},
        {"MASTERDOWN", STALE, "GET a"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct fixture f;
        fixture_start(&f, &(struct redis_server_options){.arguments = CASES[i].settings});
        tell(&f, "REPLICAOF 127.0.0.1 1");
        expect_error(&f, CASES[i].line, CASES[i].code);
        fixture_wait_down(&f, 2); // by the error, and by the greeting that finds a replica
        cr_expect(f.ready_calls == 1 && f.down_err.kind == ERR_UNAVAILABLE, "%s",
                  f.down_err.message);
        tell(&f, "REPLICAOF NO ONE");
        expect_ok(&f, CASES[i].line, 2);
        fixture_close(&f);
    }
}

static void block_on_a_stream(struct fixture *f, struct answer *read)
{
    struct answer answer;
    fixture_ask(f, "XGROUP CREATE s g 0 MKSTREAM", &answer);
    cr_assert_str_eq(answer.text, "OK");
    fixture_send(f, "XREADGROUP GROUP g me BLOCK 60000 STREAMS s >", 0, read);
    const char *clients;
    do {
        (void)uv_run(&f->loop, UV_RUN_NOWAIT);
        clients = redis_server_command(f->server, "INFO clients");
    } while (strstr(clients, "blocked_clients:1") == NULL);
}

Test(reply_error, unblocked)
{
    static const struct {
        const char *cause;
        const char *code;
        const char *code_since_7_2; // where the server runs the command once more, and sees
        unsigned connects;          // in all
        const char *mended;
    } CASES[] = {
        {"REPLICAOF 127.0.0.1 1", "UNBLOCKED force unblock", "UNBLOCKED force unblock", 2,
         "REPLICAOF NO ONE"},
        {"DEL s", "UNBLOCKED the stream key", "NOGROUP", 1, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct fixture f;
        fixture_start(&f, NULL);
        struct answer read;
        block_on_a_stream(&f, &read);
        (void)redis_server_command(f.server, CASES[i].cause);
        fixture_wait(&f, &read);
        cr_expect(text_starts_with(read.text, CASES[i].code) ||
                      text_starts_with(read.text, CASES[i].code_since_7_2),
                  "%s", read.text);
        if (CASES[i].mended != NULL) {
            tell(&f, CASES[i].mended);
        }
        expect_ok(&f, "SET a b", CASES[i].connects);
        fixture_close(&f);
    }
}

Test(reply_error, group_that_is_gone_and_group_that_is_there)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct answer answer;
    fixture_ask(&f, "XGROUP CREATE s g 0 MKSTREAM", &answer);
    expect_error(&f, "XGROUP CREATE s g 0 MKSTREAM", "BUSYGROUP");
    fixture_ask(&f, "XGROUP DESTROY s g", &answer);
    expect_error(&f, "XREADGROUP GROUP g me STREAMS s >", "NOGROUP");
    fixture_ask(&f, "XGROUP CREATE s g 0 MKSTREAM", &answer);
    expect_ok(&f, "XREADGROUP GROUP g me STREAMS s >", 1);
    fixture_close(&f);
}

// ---- from a server that says what it is told

// Whether the connection was made anew after an answer to the first command.
static bool makes_anew_after(const char *answer_text)
{
    const char *answers[] = {FAKE_CLIENT_ID, FAKE_NO_HELLO, "$19\r\nredis_version:7.0.0\r\n",
                             answer_text,    "+OK\r\n",     NULL};
    struct fixture f;
    fixture_open_tcp(&f, 1);
    struct fake_server *fake =
        fake_server_start(&f.loop, &(struct fake_script){.answers = answers});
    f.config.port = fake_server_port(fake);
    fixture_connect(&f);
    fixture_wait_ready(&f, 1);
    struct answer answer;
    fixture_ask(&f, "SET a b", &answer);
    cr_expect(answer.type == REDIS_REPLY_ERROR_TEXT);
    // What follows the error in the same turn of the loop.
    struct answer next;
    fixture_ask(&f, "SET a b", &next);
    bool anew = next.err.kind != ERR_OK;
    fixture_wait_ready(&f, anew ? 2 : 1);
    fake_server_stop(fake);
    fixture_close(&f);
    return anew;
}

Test(reply_error, only_these_make_the_connection_anew)
{
    cr_expect(makes_anew_after("-LOADING Redis is loading the dataset in memory\r\n"));
    cr_expect(makes_anew_after("-READONLY You can't write against a read only replica.\r\n"));
    cr_expect(!makes_anew_after("-TRYAGAIN Multiple keys request during rehashing of slot\r\n"));
    cr_expect(!makes_anew_after("-NOAUTH Authentication required.\r\n"));
    cr_expect(!makes_anew_after("-WHATEVER is this\r\n"));
}
