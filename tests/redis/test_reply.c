// SPDX-License-Identifier: MIT
//
// Reading replies of any shape: nothing that a server sends may end the process.
#include "hiredis_api.h"
#include "reply_wire.h"

#include <criterion/criterion.h>
#include <string.h>

static redisReply *parse(const char *text)
{
    redisReader *reader = redisReaderCreate();
    void *wire = NULL;
    cr_assert(redisReaderFeed(reader, text, strlen(text)) == REDIS_OK);
    cr_assert(redisReaderGetReply(reader, &wire) == REDIS_OK && wire != NULL);
    redisReaderFree(reader);
    return wire;
}

Test(reply, getters_cope_with_every_type)
{
    static const struct {
        const char *text;
        enum redis_reply_type type;
        size_t count;
        size_t len;
        int64_t number;
    } CASES[] = {
        {"+OK\r\n", REDIS_REPLY_STRING, 0, 2, -1},
        {"$3\r\n-17\r\n", REDIS_REPLY_STRING, 0, 3, -17},
        {"$3\r\n17 \r\n", REDIS_REPLY_STRING, 0, 3, -1},
        {"$20\r\n99999999999999999999\r\n", REDIS_REPLY_STRING, 0, 20, -1},
        {"$0\r\n\r\n", REDIS_REPLY_STRING, 0, 0, -1},
        {"$-1\r\n", REDIS_REPLY_NOTHING, 0, 0, -1},
        {"*-1\r\n", REDIS_REPLY_NOTHING, 0, 0, -1},
        {":9223372036854775807\r\n", REDIS_REPLY_NUMBER, 0, 0, INT64_MAX},
        {"*0\r\n", REDIS_REPLY_LIST, 0, 0, -1},
        {"*2\r\n:1\r\n*1\r\n+x\r\n", REDIS_REPLY_LIST, 2, 0, -1},
        {"-ERR no\r\n", REDIS_REPLY_ERROR_TEXT, 0, 6, -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        redisReply *wire = parse(CASES[i].text);
        const struct redis_reply *reply = redis_reply_of_wire(wire);
        cr_expect(redis_reply_type(reply) == CASES[i].type, "%s", CASES[i].text);
        cr_expect(redis_reply_count(reply) == CASES[i].count, "%s", CASES[i].text);
        size_t len = 99;
        const char *text = redis_reply_text(reply, &len);
        cr_expect(text != NULL && len == CASES[i].len, "%s", CASES[i].text);
        cr_expect(redis_reply_number(reply, -1) == CASES[i].number, "%s", CASES[i].text);
        cr_expect(redis_reply_type(redis_reply_at(reply, 2)) == REDIS_REPLY_NOTHING);
        freeReplyObject(wire);
    }
}

Test(reply, elements_and_what_is_none)
{
    redisReply *wire = parse("*2\r\n*1\r\n$2\r\nhi\r\n:5\r\n");
    const struct redis_reply *reply = redis_reply_of_wire(wire);
    cr_expect(redis_reply_is(redis_reply_at(redis_reply_at(reply, 0), 0), "hi"));
    cr_expect(redis_reply_number(redis_reply_at(reply, 1), 0) == 5);
    const struct redis_reply *none = redis_reply_at(redis_reply_at(reply, 1), 0);
    cr_expect(redis_reply_type(none) == REDIS_REPLY_NOTHING);
    cr_expect(redis_reply_type(redis_reply_at(none, 7)) == REDIS_REPLY_NOTHING);
    cr_expect(!redis_reply_is(reply, "hi") && !redis_reply_is(none, ""));
    freeReplyObject(wire);
}

Test(reply, text_without_its_length)
{
    redisReply *wire = parse("$2\r\nOK\r\n");
    cr_expect_str_eq(redis_reply_text(redis_reply_of_wire(wire), NULL), "OK");
    freeReplyObject(wire);
    wire = parse(":5\r\n");
    cr_expect_str_eq(redis_reply_text(redis_reply_of_wire(wire), NULL), "");
    freeReplyObject(wire);
}

Test(reply, text_is_compared_whole)
{
    redisReply *wire = parse("$2\r\nOK\r\n");
    const struct redis_reply *reply = redis_reply_of_wire(wire);
    cr_expect(redis_reply_is(reply, "OK"));
    cr_expect(!redis_reply_is(reply, "O") && !redis_reply_is(reply, "OKAY"));
    freeReplyObject(wire);
    wire = parse("-OK\r\n");
    cr_expect(!redis_reply_is(redis_reply_of_wire(wire), "OK"));
    freeReplyObject(wire);
}

// The texts are those of Redis 7.0.
Test(reply, errors_say_what_to_do)
{
    static const struct {
        const char *text;
        enum err_kind kind;
        const char *code;
        bool wants_reconnect;
    } CASES[] = {
        {"LOADING Redis is loading the dataset in memory", ERR_UNAVAILABLE, "LOADING", false},
        {"READONLY You can't write against a read only replica.", ERR_UNAVAILABLE, "READONLY",
         true},
        {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
         ERR_UNAVAILABLE, "MASTERDOWN", true},
        {"NOREPLICAS Not enough good replicas to write.", ERR_UNAVAILABLE, "NOREPLICAS", false},
        {"MISCONF Redis is configured to save RDB snapshots, but", ERR_UNAVAILABLE, "MISCONF",
         false},
        {"CLUSTERDOWN The cluster is down", ERR_UNAVAILABLE, "CLUSTERDOWN", false},
        {"TRYAGAIN Multiple keys request during rehashing of slot", ERR_UNAVAILABLE, "TRYAGAIN",
         false},
        {"BUSY Redis is busy running a script.", ERR_UNAVAILABLE, "BUSY", false},
        {"OOM command not allowed when used memory > 'maxmemory'.", ERR_UNAVAILABLE, "OOM", false},
        {"UNBLOCKED force unblock from blocking operation, instance state changed (master -> "
         "replica?)",
         ERR_UNAVAILABLE, "UNBLOCKED", true},
        {"UNBLOCKED the stream key no longer exists", ERR_UNAVAILABLE, "UNBLOCKED", false},
        {"ERR max number of clients reached", ERR_UNAVAILABLE, "ERR", false},
        {"NOSCRIPT No matching script. Please use EVAL.", ERR_NOT_FOUND, "NOSCRIPT", false},
        {"NOGROUP No such key 's' or consumer group 'g'", ERR_NOT_FOUND, "NOGROUP", false},
        {"NOAUTH Authentication required.", ERR_DENIED, "NOAUTH", false},
        {"WRONGPASS invalid username-password pair or user is disabled.", ERR_DENIED, "WRONGPASS",
         false},
        {"NOPERM this user has no permissions to run the 'get' command", ERR_DENIED, "NOPERM",
         false},
        {"DENIED Redis is running in protected mode", ERR_DENIED, "DENIED", false},
        {"BUSYGROUP Consumer Group name already exists", ERR_INTERNAL, "BUSYGROUP", false},
        {"WRONGTYPE Operation against a key", ERR_INTERNAL, "WRONGTYPE", false},
        {"OOM", ERR_UNAVAILABLE, "OOM", false},
        {"ERR", ERR_INTERNAL, "ERR", false},
        {"", ERR_INTERNAL, "", false},
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
        cr_expect(redis_reply_wants_reconnect(reply) == CASES[i].wants_reconnect, "%s",
                  CASES[i].text);
        freeReplyObject(wire);
    }
}

Test(reply, no_error_in_what_is_none)
{
    redisReply *wire = parse("+LOADING\r\n");
    struct err err = ERR_INIT;
    cr_expect(redis_reply_err(redis_reply_of_wire(wire), &err) == ERR_OK && err.kind == ERR_OK);
    cr_expect(!redis_reply_wants_reconnect(redis_reply_of_wire(wire)));
    freeReplyObject(wire);
}

Test(reply, code_word_that_is_too_long_is_left_out)
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
