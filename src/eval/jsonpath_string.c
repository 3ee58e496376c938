// SPDX-License-Identifier: MIT
//
// The quoted texts of a JSONPath and the parser's first steps. Numbers in comments are sections of
// RFC 9535.
#include "jsonpath_parser.h"

#include "base/limits.h"
#include "base/text.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 256, FOUND_BYTES = 64 };

static bool fail_at(struct jsonpath_parser *parser, enum err_kind kind, const char *message)
{
    (void)err_set(parser->err, kind, "position %zu: %s", parser->at + 1, message);
    return false;
}

bool jsonpath_fail(struct jsonpath_parser *parser, const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return fail_at(parser, ERR_INVALID, message);
}

bool jsonpath_exceed(struct jsonpath_parser *parser, const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return fail_at(parser, ERR_LIMIT, message);
}

bool jsonpath_fail_expected(struct jsonpath_parser *parser, const char *expected)
{
    if (parser->at == parser->len) {
        return jsonpath_fail(parser, "expected %s, found the end of the path", expected);
    }
    struct buf found;
    buf_init(&found, FOUND_BYTES);
    size_t step = 1;
    while (parser->at + step < parser->len &&
           ((unsigned char)parser->text[parser->at + step] & 0xc0) == 0x80) {
        step++;
    }
    text_quote(&found, parser->text + parser->at, step, step);
    // The commonest slip, which what is expected says nothing about.
    const char *hint = parser->text[parser->at] == '=' ? "; equality is written ==" : "";
    (void)jsonpath_fail(parser, "expected %s, found %s%s", expected, buf_text(&found), hint);
    buf_deinit(&found);
    return false;
}

int jsonpath_peek(const struct jsonpath_parser *parser)
{
    return parser->at < parser->len ? (unsigned char)parser->text[parser->at] : JSONPATH_NO_CHAR;
}

bool jsonpath_accept(struct jsonpath_parser *parser, char wanted)
{
    if (jsonpath_peek(parser) != (unsigned char)wanted) {
        return false;
    }
    parser->at++;
    return true;
}

bool jsonpath_accept_text(struct jsonpath_parser *parser, const char *wanted)
{
    size_t len = strlen(wanted);
    if (len > parser->len - parser->at || memcmp(parser->text + parser->at, wanted, len) != 0) {
        return false;
    }
    parser->at += len;
    return true;
}

void jsonpath_skip_blanks(struct jsonpath_parser *parser)
{
    while (jsonpath_peek(parser) == ' ' || jsonpath_peek(parser) == '\t' ||
           jsonpath_peek(parser) == '\n' || jsonpath_peek(parser) == '\r') {
        parser->at++;
    }
}

bool jsonpath_is_digit(int c)
{
    return c >= '0' && c <= '9';
}

bool jsonpath_is_name_first(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

bool jsonpath_enter(struct jsonpath_parser *parser)
{
    if (parser->depth == LIMIT_PATH_DEPTH) {
        return jsonpath_exceed(parser,
                               "filters, parentheses and functions nested more than %d deep",
                               LIMIT_PATH_DEPTH);
    }
    parser->depth++;
    return true;
}

void jsonpath_leave(struct jsonpath_parser *parser)
{
    REQUIRE(parser->depth > 0);
    parser->depth--;
}

// The value of a hexadecimal digit, -1 for anything else.
static int hex_value(int c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Four hex digits of a \u escape.
static bool parse_hex4(struct jsonpath_parser *parser, unsigned *value_out)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(jsonpath_peek(parser));
        if (digit < 0) {
            return jsonpath_fail_expected(parser, "four hexadecimal digits after \\u");
        }
        value = value * 16 + (unsigned)digit;
        parser->at++;
    }
    *value_out = value;
    return true;
}

static bool is_high_surrogate(unsigned code)
{
    return code >= 0xd800 && code <= 0xdbff;
}

static bool is_low_surrogate(unsigned code)
{
    return code >= 0xdc00 && code <= 0xdfff;
}

// What follows \u: one code unit, or a surrogate pair.
static bool parse_unicode_escape(struct jsonpath_parser *parser, struct buf *out)
{
    unsigned code = 0;
    if (!parse_hex4(parser, &code)) {
        return false;
    }
    if (is_low_surrogate(code)) {
        return jsonpath_fail(parser, "a low surrogate without the high one before it");
    }
    if (is_high_surrogate(code)) {
        unsigned low = 0;
        if (!jsonpath_accept(parser, '\\') || !jsonpath_accept(parser, 'u')) {
            return jsonpath_fail(parser, "a high surrogate without the low one behind it");
        }
        if (!parse_hex4(parser, &low)) {
            return false;
        }
        if (!is_low_surrogate(low)) {
            return jsonpath_fail(parser, "a high surrogate without the low one behind it");
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    utf8_append(out, code);
    return true;
}

// 2.3.1.1: the quote that opened the string may be escaped, the other one not.
static bool parse_escape(struct jsonpath_parser *parser, char quote, struct buf *out)
{
    static const char NAMES[] = "bfnrt/\\";
    static const char MEANINGS[] = "\b\f\n\r\t/\\";
    int c = jsonpath_peek(parser);
    const char *found = c > 0 ? strchr(NAMES, c) : NULL;
    if (c == (unsigned char)quote) {
        (void)buf_append_char(out, quote);
    } else if (found != NULL) {
        (void)buf_append_char(out, MEANINGS[found - NAMES]);
    } else if (c != 'u') {
        return jsonpath_fail_expected(parser,
                                      "one of b f n r t / \\ u or the quote after a backslash");
    }
    parser->at++;
    return c != 'u' || parse_unicode_escape(parser, out);
}

bool jsonpath_parse_string(struct jsonpath_parser *parser, char quote, struct buf *out)
{
    while (!jsonpath_accept(parser, quote)) {
        int c = jsonpath_peek(parser);
        if (c == JSONPATH_NO_CHAR) {
            return jsonpath_fail(parser, "the quoted text has no closing %c", quote);
        }
        if (c < 0x20) {
            return jsonpath_fail(parser,
                                 "control character 0x%02x in a quoted text; write it as an escape",
                                 (unsigned)c);
        }
        if (jsonpath_accept(parser, '\\')) {
            if (!parse_escape(parser, quote, out)) {
                return false;
            }
        } else {
            (void)buf_append_char(out, (char)c);
            parser->at++;
        }
    }
    return true;
}
