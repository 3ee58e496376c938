// SPDX-License-Identifier: MIT
#include "eval/json_value.h"

#include "document.h"
#include "value.h"

enum err_kind json_value_parse(const char *text, size_t len, json_t **json_out, struct err *err)
{
    return document_parse(text, len, json_out, err);
}

struct writer {
    struct buf *out;
    int indent;
    int level;
};

static void put_value(struct writer *writer, json_t *value);

static void put_line_end(struct writer *writer)
{
    if (writer->indent > 0) {
        (void)buf_append_format(writer->out, "\n%*s", writer->indent * writer->level, "");
    }
}

// What stands before an element or member.
static void put_separator(struct writer *writer, bool is_first)
{
    if (!is_first) {
        (void)buf_append_char(writer->out, ',');
    }
    put_line_end(writer);
}

static void put_open(struct writer *writer, char bracket)
{
    (void)buf_append_char(writer->out, bracket);
    writer->level++;
}

static void put_close(struct writer *writer, char bracket, bool is_empty)
{
    writer->level--;
    if (!is_empty) {
        put_line_end(writer);
    }
    (void)buf_append_char(writer->out, bracket);
}

// RFC 8259, section 7.
static void put_text(struct writer *writer, const char *text, size_t len)
{
    static const char *const SHORT[0x20] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    (void)buf_append_char(writer->out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            (void)buf_append_char(writer->out, '\\');
            (void)buf_append_char(writer->out, (char)c);
        } else if (c >= 0x20) {
            (void)buf_append_char(writer->out, (char)c);
        } else if (SHORT[c] != NULL) {
            (void)buf_append_text(writer->out, SHORT[c]);
        } else {
            (void)buf_append_format(writer->out, "\\u%04x", (unsigned)c);
        }
    }
    (void)buf_append_char(writer->out, '"');
}

static void put_array(struct writer *writer, const json_t *array)
{
    size_t count = json_array_size(array);
    put_open(writer, '[');
    for (size_t i = 0; i < count; i++) {
        put_separator(writer, i == 0);
        put_value(writer, json_array_get(array, i));
    }
    put_close(writer, ']', count == 0);
}

static void put_object(struct writer *writer, json_t *object)
{
    bool is_first = true;
    const char *name;
    size_t name_len;
    json_t *member;
    put_open(writer, '{');
    json_object_keylen_foreach(object, name, name_len, member)
    {
        put_separator(writer, is_first);
        is_first = false;
        put_text(writer, name, name_len);
        (void)buf_append_text(writer->out, writer->indent > 0 ? ": " : ":");
        put_value(writer, member);
    }
    put_close(writer, '}', is_first);
}

static void put_value(struct writer *writer, json_t *value)
{
    struct value_text text;
    if (json_is_array(value)) {
        put_array(writer, value);
    } else if (json_is_object(value)) {
        put_object(writer, value);
    } else if (!value_as_text(value, &text)) {
        (void)buf_append_text(writer->out, "null");
    } else if (value_is_text(value)) {
        put_text(writer, text.bytes, text.len);
    } else {
        (void)buf_append(writer->out, text.bytes, text.len);
    }
}

void json_value_append(struct buf *out, json_t *value, int indent)
{
    struct writer writer = {.out = out, .indent = indent};
    put_value(&writer, value);
}
