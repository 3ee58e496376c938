// SPDX-License-Identifier: MIT
#include "base/buf.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_BYTES = 64 }; // enough for most short texts, which grow by small pieces

void buf_init(struct buf *buf, size_t limit)
{
    REQUIRE(limit > 0);
    *buf = (struct buf){.limit = limit};
}

void buf_deinit(struct buf *buf)
{
    mem_free(&buf->data);
    *buf = (struct buf){.limit = buf->limit};
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->overflow = false;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

// Makes room for `len` more bytes and the NUL. False past the limit.
static bool reserve(struct buf *buf, size_t len)
{
    if (buf->overflow || len > buf->limit - buf->len) {
        buf->overflow = true;
        return false;
    }
    size_t needed = buf->len + len + 1;
    buf->data = mem_grow(buf->data, &buf->capacity, needed < FIRST_BYTES ? FIRST_BYTES : needed, 1);
    return true;
}

void buf_reserve(struct buf *buf, size_t len)
{
    const size_t room = buf->limit - buf->len;
    buf->data = mem_grow(buf->data, &buf->capacity, buf->len + (len < room ? len : room) + 1, 1);
    buf->data[buf->len] = '\0';
}

bool buf_append(struct buf *buf, const void *bytes, size_t len)
{
    if (!reserve(buf, len)) {
        return false;
    }
    if (len > 0) {
        memcpy(buf->data + buf->len, bytes, len);
    }
    buf->len += len;
    buf->data[buf->len] = '\0';
    ENSURE(buf->len <= buf->limit);
    return true;
}

bool buf_append_text(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

bool buf_append_char(struct buf *buf, char c)
{
    return buf_append(buf, &c, 1);
}

bool buf_append_format(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int needed = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    bool fits = needed >= 0 && reserve(buf, (size_t)needed);
    if (fits) {
        (void)vsnprintf(buf->data + buf->len, (size_t)needed + 1, format, again);
        buf->len += (size_t)needed;
    }
    va_end(again);
    return fits;
}

void buf_consume(struct buf *buf, size_t len)
{
    REQUIRE(len <= buf->len);
    if (len == 0) {
        return;
    }
    memmove(buf->data, buf->data + len, buf->len - len);
    buf->len -= len;
    buf->data[buf->len] = '\0';
}

void buf_truncate(struct buf *buf, size_t len)
{
    REQUIRE(len <= buf->len);
    if (len < buf->len) {
        buf->len = len;
        buf->data[len] = '\0';
    }
}

const char *buf_text(const struct buf *buf)
{
    return buf->data == NULL ? "" : buf->data;
}

char *buf_take(struct buf *buf)
{
    char *data = buf->data == NULL ? mem_text("") : buf->data;
    buf->data = NULL;
    buf->len = 0;
    buf->capacity = 0;
    return data;
}
