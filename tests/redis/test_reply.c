// SPDX-License-Identifier: MIT
//
// Reading replies of any shape: nothing that a server sends may end the process.
#include "base/check.h"
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
