// SPDX-License-Identifier: MIT
#include "eval/value.h"

struct writer {
    struct buf *out;
    int indent;
    int level;
};

static void put_value(struct writer *writer, struct value value);

static void put_line_end(struct writer *writer)
{
    if (writer->indent > 0) {
        (void)buf_append_format(writer->out, "\n%*s", writer->indent * writer->level, "");
    }
}

// RFC 8259, section 7.
static void put_text(struct writer *writer, struct span text)
{
    static const char *const SHORT[0x20] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    (void)buf_append_char(writer->out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
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

static void put_container(struct writer *writer, struct value container, const char *brackets)
{
    struct value_children children = value_children(container);
    (void)buf_append_char(writer->out, brackets[0]);
    writer->level++;
    while (value_children_next(&children)) {
        (void)buf_append_text(writer->out, children.index > 0 ? "," : "");
        put_line_end(writer);
        if (children.name.bytes != NULL) {
            put_text(writer, children.name);
            (void)buf_append_text(writer->out, writer->indent > 0 ? ": " : ":");
        }
        put_value(writer, children.value);
    }
    writer->level--;
    if (value_size(container) > 0) {
        put_line_end(writer);
    }
    (void)buf_append_char(writer->out, brackets[1]);
}

static void put_value(struct writer *writer, struct value value)
{
    struct value_string string;
    switch (value_kind(value)) {
    case VALUE_ARRAY:
        put_container(writer, value, "[]");
        return;
    case VALUE_OBJECT:
        put_container(writer, value, "{}");
        return;
    case VALUE_TEXT:
        put_text(writer, value_text(value));
        return;
    case VALUE_NULL:
        (void)buf_append_text(writer->out, "null");
        return;
    case VALUE_NUMBER:
    case VALUE_TRUE:
    case VALUE_FALSE:
        break;
    }
    if (value_string(value, &string)) {
        (void)buf_append(writer->out, string.span.bytes, string.span.len);
    }
}

void value_append(struct buf *out, struct value value, int indent)
{
    struct writer writer = {.out = out, .indent = indent};
    put_value(&writer, value);
}
