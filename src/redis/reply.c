// SPDX-License-Identifier: MIT
#include "redis/reply.h"

#include "base/text.h"
#include "reply_wire.h"

#include <string.h>

// What an error reply asks of the caller (queue-pitfalls.md S13). The first row whose words begin
// the text counts; a row ends at a blank, so that BUSY is not BUSYGROUP.
static const struct error_row {
    const char *words;
    enum err_kind kind;
    bool wants_reconnect;
} ERROR_ROWS[] = {
    {"LOADING", ERR_UNAVAILABLE, false},
    {"READONLY", ERR_UNAVAILABLE, true},
    {"MASTERDOWN", ERR_UNAVAILABLE, true},
    {"NOREPLICAS", ERR_UNAVAILABLE, false},
    {"MISCONF", ERR_UNAVAILABLE, false},
    {"CLUSTERDOWN", ERR_UNAVAILABLE, false},
    {"TRYAGAIN", ERR_UNAVAILABLE, false},
    {"BUSY", ERR_UNAVAILABLE, false},
    {"OOM", ERR_UNAVAILABLE, false},
    // A role change ends a BLOCK with these words; the deletion of the key with others.
    {"UNBLOCKED force unblock", ERR_UNAVAILABLE, true},
    {"UNBLOCKED", ERR_UNAVAILABLE, false},
    {"ERR max number of clients", ERR_UNAVAILABLE, false},
    {"NOSCRIPT", ERR_NOT_FOUND, false},
    {"NOGROUP", ERR_NOT_FOUND, false},
    {"NOAUTH", ERR_DENIED, false},
    {"WRONGPASS", ERR_DENIED, false},
    {"NOPERM", ERR_DENIED, false},
    {"DENIED", ERR_DENIED, false}, // protected mode
};
static const struct error_row OTHER_ERROR = {"", ERR_INTERNAL, false};

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

static bool begins_with_words(const char *text, const char *words)
{
    size_t len = strlen(words);
    return strncmp(text, words, len) == 0 && (text[len] == ' ' || text[len] == '\0');
}

static const struct error_row *error_row_of(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(ERROR_ROWS); i++) {
        if (begins_with_words(text, ERROR_ROWS[i].words)) {
            return &ERROR_ROWS[i];
        }
    }
    return &OTHER_ERROR;
}

enum err_kind redis_reply_err(const struct redis_reply *reply, struct err *err)
{
    if (redis_reply_type(reply) != REDIS_REPLY_ERROR_TEXT) {
        return ERR_OK;
    }
    const char *text = wire_of(reply)->str;
    (void)err_set(err, error_row_of(text)->kind, "Redis replied: %s", text);
    size_t code_len = strcspn(text, " ");
    if (code_len < sizeof(err->upstream_code)) {
        memcpy(err->upstream_code, text, code_len);
    }
    return err->kind;
}

bool redis_reply_wants_reconnect(const struct redis_reply *reply)
{
    return redis_reply_type(reply) == REDIS_REPLY_ERROR_TEXT &&
           error_row_of(wire_of(reply)->str)->wants_reconnect;
}
