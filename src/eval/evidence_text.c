// SPDX-License-Identifier: MIT
#include "evidence_text.h"

#include <stdio.h>

static const char ELLIPSIS[] = "…";
enum { ELLIPSIS_BYTES = sizeof(ELLIPSIS) - 1 };

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void evidence_quote(struct buf *out, struct span text)
{
    REQUIRE(out->len == 0 && out->limit > ELLIPSIS_BYTES);
    if (text.len <= out->limit) {
        (void)buf_append(out, text.bytes, text.len);
        return;
    }
    size_t kept = out->limit - ELLIPSIS_BYTES;
    while (kept > 0 && continues_character(text.bytes[kept])) {
        kept--;
    }
    (void)buf_append(out, text.bytes, kept);
    (void)buf_append(out, ELLIPSIS, ELLIPSIS_BYTES);
}

// Appends as much as fits, and remembers that something did not.
static void put(struct buf *out, const char *bytes, size_t len)
{
    size_t room = out->limit - out->len;
    if (out->overflow || len <= room) {
        (void)buf_append(out, bytes, len);
        return;
    }
    (void)buf_append(out, bytes, room);
    out->overflow = true;
}

static void put_text(struct buf *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_quoted(struct buf *out, struct span text)
{
    put_text(out, "\"");
    for (size_t i = 0; i < text.len && !out->overflow; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        char escape[8];
        if (c == '"' || c == '\\') {
            put(out, (char[]){'\\', (char)c}, 2);
        } else if (c < 0x20) {
            (void)snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)c);
            put_text(out, escape);
        } else {
            put(out, &text.bytes[i], 1);
        }
    }
    put_text(out, "\"");
}

static void put_value(struct buf *out, struct value value);

static void put_list(struct buf *out, const struct value *values, size_t count)
{
    put_text(out, "[");
    for (size_t i = 0; i < count && !out->overflow; i++) {
        put_text(out, i > 0 ? "," : "");
        put_value(out, values[i]);
    }
    put_text(out, "]");
}

static void put_container(struct buf *out, struct value container, const char *brackets)
{
    struct value_children children = value_children(container);
    put(out, &brackets[0], 1);
    while (!out->overflow && value_children_next(&children)) {
        put_text(out, children.index > 0 ? "," : "");
        if (children.name.bytes != NULL) {
            put_quoted(out, children.name);
            put_text(out, ":");
        }
        put_value(out, children.value);
    }
    put(out, &brackets[1], 1);
}

static void put_value(struct buf *out, struct value value)
{
    struct value_string string;
    switch (value_kind(value)) {
    case VALUE_ARRAY:
        put_container(out, value, "[]");
        return;
    case VALUE_OBJECT:
        put_container(out, value, "{}");
        return;
    case VALUE_TEXT:
        put_quoted(out, value_text(value));
        return;
    case VALUE_NULL:
        put_text(out, "null");
        return;
    case VALUE_NUMBER:
    case VALUE_TRUE:
    case VALUE_FALSE:
        break;
    }
    if (value_string(value, &string)) {
        put(out, string.span.bytes, string.span.len);
    }
}

// The JSON was written to a buffer with room for one byte more than `out` takes, so that what does
// not fit is cut by the same rule as a text.
static void quote_written(struct buf *out, struct buf *written)
{
    evidence_quote(out, (struct span){buf_text(written), written->len});
    buf_deinit(written);
}

void evidence_value(struct buf *out, struct value value)
{
    if (value_kind(value) == VALUE_TEXT) {
        evidence_quote(out, value_text(value));
        return;
    }
    struct buf written;
    buf_init(&written, out->limit + 1);
    put_value(&written, value);
    quote_written(out, &written);
}

void evidence_list(struct buf *out, const struct value *values, size_t count)
{
    struct buf written;
    buf_init(&written, out->limit + 1);
    put_list(&written, values, count);
    quote_written(out, &written);
}
