// SPDX-License-Identifier: MIT
#include "sim_reply.h"

#include "base/mem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static redisReply *make(int type)
{
    redisReply *reply = mem_alloc(1, sizeof(*reply));
    reply->type = type;
    return reply;
}

static redisReply *make_text(int type, const char *bytes, size_t len)
{
    redisReply *reply = make(type);
    reply->str = mem_text_n(bytes, len);
    reply->len = len;
    return reply;
}

redisReply *sim_reply_status(const char *text)
{
    return make_text(WIRE_STATUS, text, strlen(text));
}

redisReply *sim_reply_error(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return make_text(WIRE_ERROR, text, strlen(text));
}

redisReply *sim_reply_number(int64_t number)
{
    redisReply *reply = make(WIRE_INTEGER);
    reply->integer = number;
    return reply;
}

redisReply *sim_reply_text(const char *bytes, size_t len)
{
    return bytes == NULL ? sim_reply_nil() : make_text(WIRE_STRING, bytes, len);
}

redisReply *sim_reply_double(double number)
{
    char text[64];
    if (isinf(number)) {
        (void)snprintf(text, sizeof(text), number > 0 ? "inf" : "-inf");
    } else if (fabs(number) < 1e15 && number == floor(number)) {
        (void)snprintf(text, sizeof(text), "%lld", (long long)number);
    } else {
        (void)snprintf(text, sizeof(text), "%.17g", number);
    }
    return make_text(WIRE_STRING, text, strlen(text));
}

redisReply *sim_reply_nil(void)
{
    return make(WIRE_NIL);
}

redisReply *sim_reply_list(size_t count)
{
    redisReply *reply = make(WIRE_ARRAY);
    reply->elements = count;
    reply->element = mem_alloc(count, sizeof(*reply->element));
    return reply;
}

void sim_reply_push(redisReply *list, redisReply *take_element)
{
    list->element = mem_resize(list->element, list->elements + 1, sizeof(*list->element));
    list->element[list->elements++] = take_element;
}

void sim_reply_free(redisReply *reply)
{
    if (reply == NULL) {
        return;
    }
    for (size_t i = 0; i < reply->elements; i++) {
        sim_reply_free(reply->element[i]);
    }
    mem_free(&reply->element);
    mem_free(&reply->str);
    mem_free(&reply);
}
