// SPDX-License-Identifier: MIT
//
// The grammar of RFC 9535 as a recursive descent, one function a rule. Numbers in comments are
// sections of that RFC.
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "jsonpath_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// 2.1: indexes and slice bounds are integers that I-JSON can carry, ±(2^53 - 1).
static const int64_t INTEGER_MAX = 9007199254740991;

enum { NO_CHAR = -1 };

struct parser {
    const char *text;
    size_t len;
    size_t at;
    enum jsonpath_mode mode;
    struct jsonpath *path;
    struct err *err;
};

// Fills the error with the position where the parser stands. Always false, so that rules can return
// it.
static bool fail(struct parser *parser, const char *format, ...) PRINTF_LIKE(2, 3);

static bool fail(struct parser *parser, const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    (void)err_set(parser->err, ERR_INVALID, "position %zu: %s", parser->at + 1, message);
    return false;
}

// "expected …, found …".
static bool fail_expected(struct parser *parser, const char *expected)
{
    if (parser->at == parser->len) {
        return fail(parser, "expected %s, found the end of the path", expected);
    }
    struct buf found;
    buf_init(&found, 64);
    size_t step = 1;
    while (parser->at + step < parser->len &&
           ((unsigned char)parser->text[parser->at + step] & 0xc0) == 0x80) {
        step++;
    }
    text_quote(&found, parser->text + parser->at, step, step);
    (void)fail(parser, "expected %s, found %s", expected, buf_text(&found));
    buf_deinit(&found);
    return false;
}

static int peek(const struct parser *parser)
{
    return parser->at < parser->len ? (unsigned char)parser->text[parser->at] : NO_CHAR;
}

static bool accept(struct parser *parser, char wanted)
{
    if (peek(parser) != (unsigned char)wanted) {
        return false;
    }
    parser->at++;
    return true;
}

static void skip_blanks(struct parser *parser)
{
    while (peek(parser) == ' ' || peek(parser) == '\t' || peek(parser) == '\n' ||
           peek(parser) == '\r') {
        parser->at++;
    }
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_first(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

// The first character of a name behind a dot. Lenient: a digit as well.
static bool begins_name(const struct parser *parser)
{
    int c = peek(parser);
    return is_name_first(c) || (parser->mode == JSONPATH_LENIENT && is_digit(c));
}

static bool continues_name(const struct parser *parser)
{
    int c = peek(parser);
    return is_name_first(c) || is_digit(c) || (parser->mode == JSONPATH_LENIENT && c == '-');
}

static struct jsonpath_segment *segment_add(struct jsonpath *path)
{
    path->segments =
        mem_grow(path->segments, &path->capacity, path->count + 1, sizeof(*path->segments));
    struct jsonpath_segment *segment = &path->segments[path->count++];
    *segment = (struct jsonpath_segment){0};
    return segment;
}

static struct jsonpath_selector *selector_add(struct jsonpath_segment *segment,
                                              enum jsonpath_selector_kind kind)
{
    segment->selectors = mem_grow(segment->selectors, &segment->capacity, segment->count + 1,
                                  sizeof(*segment->selectors));
    struct jsonpath_selector *selector = &segment->selectors[segment->count++];
    *selector = (struct jsonpath_selector){.kind = kind};
    return selector;
}

static void selector_add_name(struct jsonpath_segment *segment, const char *name, size_t len)
{
    struct jsonpath_selector *selector = selector_add(segment, JSONPATH_NAME);
    selector->name = mem_text_n(name, len);
    selector->name_len = len;
}

static int hex_value(int c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Four hex digits of a \u escape.
static bool parse_hex4(struct parser *parser, unsigned *value_out)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(peek(parser));
        if (digit < 0) {
            return fail_expected(parser, "four hexadecimal digits after \\u");
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

static void append_utf8(struct buf *out, unsigned code)
{
    char bytes[4];
    size_t len = 0;
    if (code < 0x80) {
        bytes[len++] = (char)code;
    } else if (code < 0x800) {
        bytes[len++] = (char)(0xc0 | (code >> 6));
        bytes[len++] = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        bytes[len++] = (char)(0xe0 | (code >> 12));
        bytes[len++] = (char)(0x80 | ((code >> 6) & 0x3f));
        bytes[len++] = (char)(0x80 | (code & 0x3f));
    } else {
        bytes[len++] = (char)(0xf0 | (code >> 18));
        bytes[len++] = (char)(0x80 | ((code >> 12) & 0x3f));
        bytes[len++] = (char)(0x80 | ((code >> 6) & 0x3f));
        bytes[len++] = (char)(0x80 | (code & 0x3f));
    }
    (void)buf_append(out, bytes, len);
}

// What follows \u: one code unit, or a surrogate pair.
static bool parse_unicode_escape(struct parser *parser, struct buf *out)
{
    unsigned code;
    if (!parse_hex4(parser, &code)) {
        return false;
    }
    if (is_low_surrogate(code)) {
        return fail(parser, "a low surrogate without the high one before it");
    }
    if (is_high_surrogate(code)) {
        unsigned low;
        if (!accept(parser, '\\') || !accept(parser, 'u')) {
            return fail(parser, "a high surrogate without the low one behind it");
        }
        if (!parse_hex4(parser, &low)) {
            return false;
        }
        if (!is_low_surrogate(low)) {
            return fail(parser, "a high surrogate without the low one behind it");
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, code);
    return true;
}

// 2.3.1.1: the quote that opened the string may be escaped, the other one not.
static bool parse_escape(struct parser *parser, char quote, struct buf *out)
{
    static const char NAMES[] = "bfnrt/\\";
    static const char MEANINGS[] = "\b\f\n\r\t/\\";
    int c = peek(parser);
    const char *found = c > 0 ? strchr(NAMES, c) : NULL;
    if (c == (unsigned char)quote) {
        (void)buf_append_char(out, quote);
    } else if (found != NULL) {
        (void)buf_append_char(out, MEANINGS[found - NAMES]);
    } else if (c != 'u') {
        return fail_expected(parser, "one of b f n r t / \\ u or the quote after a backslash");
    }
    parser->at++;
    return c != 'u' || parse_unicode_escape(parser, out);
}

// A quoted name; the opening quote was taken.
static bool parse_string(struct parser *parser, char quote, struct buf *out)
{
    while (!accept(parser, quote)) {
        int c = peek(parser);
        if (c == NO_CHAR) {
            return fail(parser, "the name has no closing %c", quote);
        }
        if (c < 0x20) {
            return fail(parser, "control character 0x%02x in a name; write it as an escape",
                        (unsigned)c);
        }
        if (accept(parser, '\\')) {
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

static bool parse_quoted_name(struct parser *parser, char quote, struct jsonpath_segment *segment)
{
    struct buf name;
    buf_init(&name, LIMIT_PATH_BYTES);
    bool ok = parse_string(parser, quote, &name);
    if (ok) {
        selector_add_name(segment, buf_text(&name), name.len);
    }
    buf_deinit(&name);
    return ok;
}

// 2.3.3.1: no leading zeros, no "-0", no plus sign.
static bool parse_integer(struct parser *parser, int64_t *value_out)
{
    size_t first = parser->at;
    bool is_negative = accept(parser, '-');
    size_t first_digit = parser->at;
    while (is_digit(peek(parser))) {
        parser->at++;
    }
    size_t digits = parser->at - first_digit;
    if (digits == 0) {
        return fail_expected(parser, "a digit");
    }
    if (parser->text[first_digit] == '0' && (digits > 1 || is_negative)) {
        parser->at = first;
        return fail(parser, "a number has no leading zero and no minus before 0");
    }
    int64_t value;
    if (!text_to_int64(parser->text + first, parser->at - first, &value) || value > INTEGER_MAX ||
        value < -INTEGER_MAX) {
        parser->at = first;
        return fail(parser, "a number lies between -9007199254740991 and 9007199254740991");
    }
    *value_out = value;
    return true;
}

// Whether a slice bound stands here: a blank, colon, comma or bracket says that it was left out.
static bool begins_integer(const struct parser *parser)
{
    return peek(parser) == '-' || is_digit(peek(parser));
}

// What follows "start :"; blanks may stand around each part (2.3.4.1).
static bool parse_slice_rest(struct parser *parser, struct jsonpath_slice *slice)
{
    skip_blanks(parser);
    if (begins_integer(parser)) {
        slice->has_end = true;
        if (!parse_integer(parser, &slice->end)) {
            return false;
        }
        skip_blanks(parser);
    }
    if (!accept(parser, ':')) {
        return true;
    }
    skip_blanks(parser);
    return !begins_integer(parser) || parse_integer(parser, &slice->step);
}

static bool parse_index_or_slice(struct parser *parser, struct jsonpath_segment *segment)
{
    struct jsonpath_slice slice = {.step = 1};
    if (begins_integer(parser)) {
        slice.has_start = true;
        if (!parse_integer(parser, &slice.start)) {
            return false;
        }
    }
    size_t behind_number = parser->at;
    skip_blanks(parser);
    if (!accept(parser, ':')) {
        parser->at = behind_number;
        selector_add(segment, JSONPATH_INDEX)->index = slice.start;
        return true;
    }
    if (!parse_slice_rest(parser, &slice)) {
        return false;
    }
    selector_add(segment, JSONPATH_SLICE)->slice = slice;
    return true;
}

static bool parse_selector(struct parser *parser, struct jsonpath_segment *segment)
{
    int c = peek(parser);
    if (c == '\'' || c == '"') {
        parser->at++;
        return parse_quoted_name(parser, (char)c, segment);
    }
    if (c == '*') {
        parser->at++;
        (void)selector_add(segment, JSONPATH_WILDCARD);
        return true;
    }
    if (c == ':' || begins_integer(parser)) {
        return parse_index_or_slice(parser, segment);
    }
    if (c == '?') {
        return fail(parser, "filter selectors are not supported by this version");
    }
    if (c == '(') {
        return fail(parser, "script expressions are not supported by this version");
    }
    return fail_expected(parser, "a quoted name, an index, a slice or *");
}

// A bracket list; the opening bracket was taken.
static bool parse_bracket(struct parser *parser, struct jsonpath_segment *segment)
{
    do {
        skip_blanks(parser);
        if (!parse_selector(parser, segment)) {
            return false;
        }
        skip_blanks(parser);
    } while (accept(parser, ','));
    return accept(parser, ']') || fail_expected(parser, "\",\" or \"]\"");
}

// What follows a dot: * or an unquoted name.
static bool parse_dotted(struct parser *parser, struct jsonpath_segment *segment)
{
    if (accept(parser, '*')) {
        (void)selector_add(segment, JSONPATH_WILDCARD);
        return true;
    }
    if (!begins_name(parser)) {
        return fail_expected(parser, "a name or * after the dot");
    }
    size_t first = parser->at;
    while (continues_name(parser)) {
        parser->at++;
    }
    if (peek(parser) == '(') {
        return fail(parser, "functions are not supported by this version");
    }
    selector_add_name(segment, parser->text + first, parser->at - first);
    return true;
}

static bool parse_segment(struct parser *parser)
{
    if (parser->path->count == LIMIT_PATH_SEGMENTS) {
        (void)err_set(parser->err, ERR_LIMIT, "position %zu: more than %d segments", parser->at + 1,
                      LIMIT_PATH_SEGMENTS);
        return false;
    }
    struct jsonpath_segment *segment = segment_add(parser->path);
    if (accept(parser, '[')) {
        return parse_bracket(parser, segment);
    }
    if (!accept(parser, '.')) {
        return fail_expected(parser, "\".\" or \"[\"");
    }
    segment->is_descendant = accept(parser, '.');
    if (segment->is_descendant && accept(parser, '[')) {
        return parse_bracket(parser, segment);
    }
    return parse_dotted(parser, segment);
}

static bool parse_query(struct parser *parser)
{
    size_t bad_byte;
    if (!text_is_utf8(parser->text, parser->len, &bad_byte)) {
        parser->at = bad_byte;
        return fail(parser, "a byte that is not UTF-8");
    }
    if (!accept(parser, '$') && !(parser->mode == JSONPATH_LENIENT && accept(parser, '@'))) {
        return fail_expected(parser, "a path that begins with $");
    }
    while (parser->at < parser->len) {
        size_t behind_segment = parser->at;
        skip_blanks(parser);
        if (parser->at == parser->len) {
            parser->at = behind_segment;
            return fail(parser, "blanks at the end of the path");
        }
        if (!parse_segment(parser)) {
            return false;
        }
    }
    return true;
}

enum err_kind jsonpath_parse(const char *text, size_t len, enum jsonpath_mode mode,
                             struct jsonpath **path_out, struct err *err)
{
    if (len > LIMIT_PATH_BYTES) {
        return err_set(err, ERR_LIMIT, "a path of %zu bytes; at most %d are allowed", len,
                       LIMIT_PATH_BYTES);
    }
    struct jsonpath *path = mem_alloc(1, sizeof(*path));
    path->text = mem_text_n(text, len);
    struct parser parser = {.text = text, .len = len, .mode = mode, .path = path, .err = err};
    if (!parse_query(&parser)) {
        jsonpath_destroy(&path);
        return err->kind;
    }
    *path_out = path;
    return ERR_OK;
}

void jsonpath_destroy(struct jsonpath **path)
{
    if (*path == NULL) {
        return;
    }
    for (size_t i = 0; i < (*path)->count; i++) {
        struct jsonpath_segment *segment = &(*path)->segments[i];
        for (size_t j = 0; j < segment->count; j++) {
            mem_free(&segment->selectors[j].name);
        }
        mem_free(&segment->selectors);
    }
    mem_free(&(*path)->segments);
    mem_free(&(*path)->text);
    mem_free(path);
}

const char *jsonpath_text(const struct jsonpath *path)
{
    return path->text;
}

bool jsonpath_is_singular(const struct jsonpath *path)
{
    for (size_t i = 0; i < path->count; i++) {
        const struct jsonpath_segment *segment = &path->segments[i];
        enum jsonpath_selector_kind kind = segment->selectors[0].kind;
        if (segment->is_descendant || segment->count != 1 ||
            (kind != JSONPATH_NAME && kind != JSONPATH_INDEX)) {
            return false;
        }
    }
    return true;
}
