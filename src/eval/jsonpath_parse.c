// SPDX-License-Identifier: MIT
//
// The grammar of RFC 9535 as a recursive descent, one function a rule. Numbers in comments are
// sections of that RFC.
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "jsonpath_parser.h"
#include "jsonpath_tree.h"

// 2.1: indexes and slice bounds are integers that I-JSON can carry, ±(2^53 - 1).
static const int64_t INTEGER_MAX = 9007199254740991;

static void skip_blanks(struct jsonpath_parser *parser)
{
    while (jsonpath_peek(parser) == ' ' || jsonpath_peek(parser) == '\t' ||
           jsonpath_peek(parser) == '\n' || jsonpath_peek(parser) == '\r') {
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
static bool begins_name(const struct jsonpath_parser *parser)
{
    int c = jsonpath_peek(parser);
    return is_name_first(c) || (parser->mode == JSONPATH_LENIENT && is_digit(c));
}

static bool continues_name(const struct jsonpath_parser *parser)
{
    int c = jsonpath_peek(parser);
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

static bool parse_quoted_name(struct jsonpath_parser *parser, char quote,
                              struct jsonpath_segment *segment)
{
    struct buf name;
    buf_init(&name, LIMIT_PATH_BYTES);
    bool ok = jsonpath_parse_string(parser, quote, &name);
    if (ok) {
        selector_add_name(segment, buf_text(&name), name.len);
    }
    buf_deinit(&name);
    return ok;
}

// 2.3.3.1: no leading zeros, no "-0", no plus sign.
static bool parse_integer(struct jsonpath_parser *parser, int64_t *value_out)
{
    size_t first = parser->at;
    bool is_negative = jsonpath_accept(parser, '-');
    size_t first_digit = parser->at;
    while (is_digit(jsonpath_peek(parser))) {
        parser->at++;
    }
    size_t digits = parser->at - first_digit;
    if (digits == 0) {
        return jsonpath_fail_expected(parser, "a digit");
    }
    if (parser->text[first_digit] == '0' && (digits > 1 || is_negative)) {
        parser->at = first;
        return jsonpath_fail(parser, "a number has no leading zero and no minus before 0");
    }
    int64_t value;
    if (!text_to_int64(parser->text + first, parser->at - first, &value) || value > INTEGER_MAX ||
        value < -INTEGER_MAX) {
        parser->at = first;
        return jsonpath_fail(parser,
                             "a number lies between -9007199254740991 and 9007199254740991");
    }
    *value_out = value;
    return true;
}

// Whether a slice bound stands here: a blank, colon, comma or bracket says that it was left out.
static bool begins_integer(const struct jsonpath_parser *parser)
{
    return jsonpath_peek(parser) == '-' || is_digit(jsonpath_peek(parser));
}

// What follows "start :"; blanks may stand around each part (2.3.4.1).
static bool parse_slice_rest(struct jsonpath_parser *parser, struct jsonpath_slice *slice)
{
    skip_blanks(parser);
    if (begins_integer(parser)) {
        slice->has_end = true;
        if (!parse_integer(parser, &slice->end)) {
            return false;
        }
        skip_blanks(parser);
    }
    if (!jsonpath_accept(parser, ':')) {
        return true;
    }
    skip_blanks(parser);
    return !begins_integer(parser) || parse_integer(parser, &slice->step);
}

static bool parse_index_or_slice(struct jsonpath_parser *parser, struct jsonpath_segment *segment)
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
    if (!jsonpath_accept(parser, ':')) {
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

static bool parse_selector(struct jsonpath_parser *parser, struct jsonpath_segment *segment)
{
    int c = jsonpath_peek(parser);
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
        return jsonpath_fail(parser, "filter selectors are not supported by this version");
    }
    if (c == '(') {
        return jsonpath_fail(parser, "script expressions are not supported by this version");
    }
    return jsonpath_fail_expected(parser, "a quoted name, an index, a slice or *");
}

// A bracket list; the opening bracket was taken.
static bool parse_bracket(struct jsonpath_parser *parser, struct jsonpath_segment *segment)
{
    do {
        skip_blanks(parser);
        if (!parse_selector(parser, segment)) {
            return false;
        }
        skip_blanks(parser);
    } while (jsonpath_accept(parser, ','));
    return jsonpath_accept(parser, ']') || jsonpath_fail_expected(parser, "\",\" or \"]\"");
}

// What follows a dot: * or an unquoted name.
static bool parse_dotted(struct jsonpath_parser *parser, struct jsonpath_segment *segment)
{
    if (jsonpath_accept(parser, '*')) {
        (void)selector_add(segment, JSONPATH_WILDCARD);
        return true;
    }
    if (!begins_name(parser)) {
        return jsonpath_fail_expected(parser, "a name or * after the dot");
    }
    size_t first = parser->at;
    while (continues_name(parser)) {
        parser->at++;
    }
    if (jsonpath_peek(parser) == '(') {
        return jsonpath_fail(parser, "functions are not supported by this version");
    }
    selector_add_name(segment, parser->text + first, parser->at - first);
    return true;
}

static bool parse_segment(struct jsonpath_parser *parser)
{
    if (parser->path->count == LIMIT_PATH_SEGMENTS) {
        (void)err_set(parser->err, ERR_LIMIT, "position %zu: more than %d segments", parser->at + 1,
                      LIMIT_PATH_SEGMENTS);
        return false;
    }
    struct jsonpath_segment *segment = segment_add(parser->path);
    if (jsonpath_accept(parser, '[')) {
        return parse_bracket(parser, segment);
    }
    if (!jsonpath_accept(parser, '.')) {
        return jsonpath_fail_expected(parser, "\".\" or \"[\"");
    }
    segment->is_descendant = jsonpath_accept(parser, '.');
    if (segment->is_descendant && jsonpath_accept(parser, '[')) {
        return parse_bracket(parser, segment);
    }
    return parse_dotted(parser, segment);
}

static bool parse_query(struct jsonpath_parser *parser)
{
    size_t bad_byte;
    if (!text_is_utf8(parser->text, parser->len, &bad_byte)) {
        parser->at = bad_byte;
        return jsonpath_fail(parser, "a byte that is not UTF-8");
    }
    if (!jsonpath_accept(parser, '$') &&
        !(parser->mode == JSONPATH_LENIENT && jsonpath_accept(parser, '@'))) {
        return jsonpath_fail_expected(parser, "a path that begins with $");
    }
    while (parser->at < parser->len) {
        size_t behind_segment = parser->at;
        skip_blanks(parser);
        if (parser->at == parser->len) {
            parser->at = behind_segment;
            return jsonpath_fail(parser, "blanks at the end of the path");
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
    struct jsonpath_parser parser = {
        .text = text, .len = len, .mode = mode, .path = path, .err = err};
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
