// SPDX-License-Identifier: MIT
#include "value.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static const char ELLIPSIS[] = "…";
enum { ELLIPSIS_BYTES = sizeof(ELLIPSIS) - 1 };

static const char WIDE_MARK = (char)0xff;

json_t *value_wide_number(const char *digits, size_t len)
{
    char *marked = mem_alloc(len + 1, 1);
    marked[0] = WIDE_MARK;
    memcpy(marked + 1, digits, len);
    json_t *value = json_stringn_nocheck(marked, len + 1);
    mem_free(&marked);
    return value;
}

static bool is_wide(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) > 0 &&
           json_string_value(value)[0] == WIDE_MARK;
}

bool value_is_text(const json_t *value)
{
    return json_is_string(value) && !is_wide(value);
}

bool value_is_number(const json_t *value)
{
    return json_is_number(value) || is_wide(value);
}

bool value_as_text(const json_t *value, struct value_text *text_out)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        text_out->bytes = json_string_value(value) + (is_wide(value) ? 1 : 0);
        text_out->len = json_string_length(value) - (is_wide(value) ? 1 : 0);
        return true;
    case JSON_INTEGER:
        text_out->bytes = text_out->storage;
        text_out->len = decimal_text_of_integer(json_integer_value(value), text_out->storage);
        return true;
    case JSON_REAL:
        text_out->bytes = text_out->storage;
        text_out->len = decimal_text_of_real(json_real_value(value), text_out->storage);
        return true;
    case JSON_TRUE:
        text_out->bytes = "true";
        text_out->len = strlen("true");
        return true;
    case JSON_FALSE:
        text_out->bytes = "false";
        text_out->len = strlen("false");
        return true;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return false;
}

const char *value_type_text(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return is_wide(value) ? "a number" : "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        break;
    }
    return "null";
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void value_quote(struct buf *out, const char *text, size_t len)
{
    REQUIRE(out->len == 0 && out->limit > ELLIPSIS_BYTES);
    if (len <= out->limit) {
        (void)buf_append(out, text, len);
        return;
    }
    size_t kept = out->limit - ELLIPSIS_BYTES;
    while (kept > 0 && continues_character(text[kept])) {
        kept--;
    }
    (void)buf_append(out, text, kept);
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

static void put_quoted(struct buf *out, const char *text, size_t len)
{
    put_text(out, "\"");
    for (size_t i = 0; i < len && !out->overflow; i++) {
        unsigned char c = (unsigned char)text[i];
        char escape[8];
        if (c == '"' || c == '\\') {
            put(out, (char[]){'\\', (char)c}, 2);
        } else if (c < 0x20) {
            (void)snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)c);
            put_text(out, escape);
        } else {
            put(out, &text[i], 1);
        }
    }
    put_text(out, "\"");
}

static void put_value(struct buf *out, json_t *value);

static void put_list(struct buf *out, json_t *const *values, size_t count)
{
    put_text(out, "[");
    for (size_t i = 0; i < count && !out->overflow; i++) {
        put_text(out, i > 0 ? "," : "");
        put_value(out, values[i]);
    }
    put_text(out, "]");
}

static void put_array(struct buf *out, json_t *array)
{
    put_text(out, "[");
    for (size_t i = 0; i < json_array_size(array) && !out->overflow; i++) {
        put_text(out, i > 0 ? "," : "");
        put_value(out, json_array_get(array, i));
    }
    put_text(out, "]");
}

static void put_object(struct buf *out, json_t *object)
{
    const char *separator = "";
    const char *name;
    size_t name_len;
    json_t *member;
    put_text(out, "{");
    json_object_keylen_foreach(object, name, name_len, member)
    {
        if (out->overflow) {
            return;
        }
        put_text(out, separator);
        separator = ",";
        put_quoted(out, name, name_len);
        put_text(out, ":");
        put_value(out, member);
    }
    put_text(out, "}");
}

static void put_value(struct buf *out, json_t *value)
{
    struct value_text text;
    if (json_is_object(value)) {
        put_object(out, value);
    } else if (json_is_array(value)) {
        put_array(out, value);
    } else if (!value_as_text(value, &text)) {
        put_text(out, "null");
    } else if (value_is_text(value)) {
        put_quoted(out, text.bytes, text.len);
    } else {
        put(out, text.bytes, text.len);
    }
}

// The JSON was written to a buffer with room for one byte more than `out` takes, so that what does
// not fit is cut by the same rule as a text.
static void quote_written(struct buf *out, struct buf *written)
{
    value_quote(out, buf_text(written), written->len);
    buf_deinit(written);
}

void value_render(struct buf *out, json_t *value)
{
    if (value_is_text(value)) {
        value_quote(out, json_string_value(value), json_string_length(value));
        return;
    }
    struct buf written;
    buf_init(&written, out->limit + 1);
    put_value(&written, value);
    quote_written(out, &written);
}

void value_render_list(struct buf *out, json_t *const *values, size_t count)
{
    struct buf written;
    buf_init(&written, out->limit + 1);
    put_list(&written, values, count);
    quote_written(out, &written);
}
