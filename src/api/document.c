// SPDX-License-Identifier: MIT
#include "document.h"

#include <string.h>

static const char REPLACEMENT[] = "\xef\xbf\xbd";

// XML 1.0, 2.2: of the control characters only tab, line feed and carriage return.
static void write_text(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        switch (c) {
        case '&':
            (void)buf_append_text(out, "&amp;");
            break;
        case '<':
            (void)buf_append_text(out, "&lt;");
            break;
        case '>':
            (void)buf_append_text(out, "&gt;");
            break;
        case '\r':
            (void)buf_append_text(out, "&#13;");
            break;
        default:
            if (c < 0x20 && c != '\t' && c != '\n') {
                (void)buf_append_text(out, REPLACEMENT);
            } else {
                (void)buf_append_char(out, (char)c);
            }
        }
    }
}

static void write_element(struct buf *out, const char *name, const json_t *value);

static void write_value(struct buf *out, const json_t *value)
{
    const char *name;
    json_t *member;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_object_foreach((json_t *)value, name, member)
        {
            write_element(out, name, member);
        }
        break;
    case JSON_STRING:
        write_text(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        (void)buf_append_format(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        (void)buf_append_format(out, "%.17g", json_real_value(value));
        break;
    case JSON_TRUE:
        (void)buf_append_text(out, "true");
        break;
    case JSON_FALSE:
        (void)buf_append_text(out, "false");
        break;
    case JSON_ARRAY: // lists of lists do not occur
    case JSON_NULL:
        break;
    }
}

static void write_element(struct buf *out, const char *name, const json_t *value)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            write_element(out, name, json_array_get(value, i));
        }
        return;
    }
    (void)buf_append_format(out, "<%s>", name);
    write_value(out, value);
    (void)buf_append_format(out, "</%s>", name);
}

static int on_json(const char *bytes, size_t len, void *out)
{
    return buf_append(out, bytes, len) ? 0 : -1;
}

void document_write(struct buf *out, const json_t *tree, bool is_xml, const char *root)
{
    if (is_xml) {
        (void)buf_append_text(out, "<?xml version='1.0' encoding='UTF-8'?>");
        write_element(out, root, tree);
    } else {
        (void)json_dump_callback(tree, on_json, out, JSON_COMPACT);
    }
}

const char *document_type(bool is_xml)
{
    return is_xml ? "text/xml;charset=utf-8" : "application/json;charset=utf-8";
}
