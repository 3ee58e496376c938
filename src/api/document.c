// SPDX-License-Identifier: MIT
#include "document.h"

#include "base/text.h"

#include <string.h>

static const char REPLACEMENT[] = "\xef\xbf\xbd";

// What is written for the character at the beginning of the text; NULL when it stands for itself. XML
// 1.0, 2.2: of the control characters there are only tab, line feed and carriage return; neither U+FFFE
// nor U+FFFF is a character.
static const char *reference_for(const char *text, size_t len, size_t *character_len_out)
{
    unsigned char c = (unsigned char)text[0];
    *character_len_out = 1;
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    case '\t':
    case '\n':
        return NULL;
    case 0xef:
        *character_len_out = 3;
        return len >= 3 && text[1] == '\xbf' && (text[2] & 0x7e) == 0x3e ? REPLACEMENT : NULL;
    default:
        return c < 0x20 ? REPLACEMENT : NULL;
    }
}

static void write_text(struct buf *out, const char *text, size_t len)
{
    size_t written = 0;
    for (size_t at = 0; at < len;) {
        size_t step;
        const char *reference = reference_for(text + at, len - at, &step);
        if (reference != NULL) {
            (void)buf_append(out, text + written, at - written);
            (void)buf_append_text(out, reference);
            written = at + step;
        }
        at += step;
    }
    (void)buf_append(out, text + written, len - written);
}

static void write_element(struct buf *out, const char *name, const json_t *value);

// The vendor's errors have their link in a CDATA section. A text that such a section cannot hold is
// escaped.
static bool goes_into_cdata(const char *name, const json_t *value)
{
    return strcmp(name, "Recommend") == 0 && json_is_string(value) &&
           text_is_printable_ascii(json_string_value(value), json_string_length(value)) &&
           strstr(json_string_value(value), "]]>") == NULL;
}

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
    if (goes_into_cdata(name, value)) {
        (void)buf_append_format(out, "<![CDATA[%s]]>", json_string_value(value));
    } else {
        write_value(out, value);
    }
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

json_t *document_account_id(const char *account_id)
{
    int64_t number;
    return text_to_int64(account_id, strlen(account_id), &number) ? json_integer(number)
                                                                  : json_string(account_id);
}

const char *document_type(bool is_xml)
{
    return is_xml ? "text/xml;charset=utf-8" : "application/json;charset=utf-8";
}
