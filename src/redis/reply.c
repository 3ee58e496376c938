// SPDX-License-Identifier: MIT
#include "redis/reply.h"

#include "base/text.h"
#include "reply_wire.h"

#include <string.h>

static const redisReply NOTHING = {.type = WIRE_NIL};

const struct redis_reply *redis_reply_of_wire(const redisReply *wire)
{
    return (const struct redis_reply *)(const void *)wire;
}

static const redisReply *wire_of(const struct redis_reply *reply)
{
    return (const redisReply *)(const void *)reply;
}

enum redis_reply_type redis_reply_type(const struct redis_reply *reply)
{
    switch (wire_of(reply)->type) {
    case WIRE_STRING:
    case WIRE_STATUS:
        return REDIS_REPLY_STRING;
    case WIRE_ARRAY:
        return REDIS_REPLY_LIST;
    case WIRE_INTEGER:
        return REDIS_REPLY_NUMBER;
    case WIRE_ERROR:
        return REDIS_REPLY_ERROR_TEXT;
    default: // nil, and types of RESP3, which we never ask for
        return REDIS_REPLY_NOTHING;
    }
}

size_t redis_reply_count(const struct redis_reply *reply)
{
    return redis_reply_type(reply) == REDIS_REPLY_LIST ? wire_of(reply)->elements : 0;
}

const struct redis_reply *redis_reply_at(const struct redis_reply *reply, size_t index)
{
    return redis_reply_of_wire(index < redis_reply_count(reply) ? wire_of(reply)->element[index]
                                                                : &NOTHING);
}

const char *redis_reply_text(const struct redis_reply *reply, size_t *len_out)
{
    enum redis_reply_type type = redis_reply_type(reply);
    bool is_text = type == REDIS_REPLY_STRING || type == REDIS_REPLY_ERROR_TEXT;
    if (len_out != NULL) {
        *len_out = is_text ? wire_of(reply)->len : 0;
    }
    return is_text ? wire_of(reply)->str : "";
}

bool redis_reply_is(const struct redis_reply *reply, const char *text)
{
    size_t len;
    const char *bytes = redis_reply_text(reply, &len);
    return redis_reply_type(reply) == REDIS_REPLY_STRING && len == strlen(text) &&
           memcmp(bytes, text, len) == 0;
}

int64_t redis_reply_number(const struct redis_reply *reply, int64_t otherwise)
{
    if (redis_reply_type(reply) == REDIS_REPLY_NUMBER) {
        return wire_of(reply)->integer;
    }
    size_t len;
    const char *text = redis_reply_text(reply, &len);
    int64_t value;
    return text_to_int64(text, len, &value) ? value : otherwise;
}
