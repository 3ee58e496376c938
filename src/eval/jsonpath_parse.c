// SPDX-License-Identifier: MIT
//
// The grammar of RFC 9535 as a recursive descent, one function a rule. Numbers in comments are
// sections of that RFC.
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "jsonpath_parser.h"

// 2.1: indexes and slice bounds are integers that I-JSON can carry, ±(2^53 - 1).
static const int64_t INTEGER_MAX = 9007199254740991;

// The first character of a name behind a dot. Lenient: a digit as well.
static bool begins_name(const struct jsonpath_parser *parser)
{
    int c = jsonpath_peek(parser);
    return jsonpath_is_name_first(c) || (parser->mode == JSONPATH_LENIENT && jsonpath_is_digit(c));
}

static bool continues_name(const struct jsonpath_parser *parser)
{
    int c = jsonpath_peek(parser);
    return jsonpath_is_name_first(c) || jsonpath_is_digit(c) ||
           (parser->mode == JSONPATH_LENIENT && c == '-');
}

static struct jsonpath_segment *segment_add(struct jsonpath_query *query)
{
    query->segments =
        mem_grow(query->segments, &query->capacity, query->count + 1, sizeof(*query->segments));
    struct jsonpath_segment *segment = &query->segments[query->count++];
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
bool jsonpath_parse_integer(struct jsonpath_parser *parser, int64_t *value_out)
{
    size_t first = parser->at;
    bool is_negative = jsonpath_accept(parser, '-');
    size_t first_digit = parser->at;
    while (jsonpath_is_digit(jsonpath_peek(parser))) {
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
    return jsonpath_peek(parser) == '-' || jsonpath_is_digit(jsonpath_peek(parser));
}

// What follows "start :"; blanks may stand around each part (2.3.4.1).
static bool parse_slice_rest(struct jsonpath_parser *parser, struct jsonpath_slice *slice)
{
    jsonpath_skip_blanks(parser);
    if (begins_integer(parser)) {
        slice->has_end = true;
        if (!jsonpath_parse_integer(parser, &slice->end)) {
            return false;
        }
        jsonpath_skip_blanks(parser);
    }
    if (!jsonpath_accept(parser, ':')) {
        return true;
    }
    jsonpath_skip_blanks(parser);
    return !begins_integer(parser) || jsonpath_parse_integer(parser, &slice->step);
}

static bool parse_index_or_slice(struct jsonpath_parser *parser, struct jsonpath_segment *segment)
{
    struct jsonpath_slice slice = {.step = 1};
    if (begins_integer(parser)) {
        slice.has_start = true;
        if (!jsonpath_parse_integer(parser, &slice.start)) {
            return false;
        }
    }
    size_t behind_number = parser->at;
    jsonpath_skip_blanks(parser);
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

// The question mark was taken.
static bool parse_filter(struct jsonpath_parser *parser, struct jsonpath_segment *segment)
{
    if (!jsonpath_enter(parser)) {
        return false;
    }
    struct jsonpath_selector *selector = selector_add(segment, JSONPATH_FILTER);
    jsonpath_skip_blanks(parser);
    bool is_read = jsonpath_parse_test(parser, &selector->filter);
    jsonpath_leave(parser);
    return is_read;
}

// An unquoted name; its first character stands here.
static void take_name(struct jsonpath_parser *parser, struct jsonpath_segment *segment)
{
    size_t first = parser->at;
    while (continues_name(parser)) {
        parser->at++;
    }
    selector_add_name(segment, parser->text + first, parser->at - first);
}

// What only the lenient mode takes in brackets. A digit begins an index there, so an unquoted name
// begins with a letter.
static bool parse_old_selector(struct jsonpath_parser *parser, struct jsonpath_segment *segment)
{
    if (jsonpath_is_name_first(jsonpath_peek(parser))) {
        take_name(parser, segment);
        return true;
    }
    int64_t index = 0;
    if (jsonpath_accept(parser, '(')) {
        if (!jsonpath_parse_script(parser, &index)) {
            return false;
        }
        selector_add(segment, JSONPATH_INDEX)->index = index;
        return true;
    }
    return jsonpath_fail_expected(parser, "a name, an index, a slice, a filter or *");
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
        parser->at++;
        return parse_filter(parser, segment);
    }
    if (parser->mode == JSONPATH_LENIENT) {
        return parse_old_selector(parser, segment);
    }
    return jsonpath_fail_expected(parser, "a quoted name, an index, a slice, a filter or *");
}

// A bracket list; the opening bracket was taken.
static bool parse_bracket(struct jsonpath_parser *parser, struct jsonpath_segment *segment)
{
    do {
        jsonpath_skip_blanks(parser);
        if (!parse_selector(parser, segment)) {
            return false;
        }
        jsonpath_skip_blanks(parser);
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
    take_name(parser, segment);
    return true;
}

static bool parse_segment(struct jsonpath_parser *parser, struct jsonpath_query *query)
{
    if (parser->segments == LIMIT_PATH_SEGMENTS) {
        return jsonpath_exceed(parser, "more than %d segments", LIMIT_PATH_SEGMENTS);
    }
    parser->segments++;
    struct jsonpath_segment *segment = segment_add(query);
    if (jsonpath_accept(parser, '[')) {
        return parse_bracket(parser, segment);
    }
    (void)jsonpath_accept(parser, '.');
    segment->is_descendant = jsonpath_accept(parser, '.');
    if (segment->is_descendant && jsonpath_accept(parser, '[')) {
        return parse_bracket(parser, segment);
    }
    return parse_dotted(parser, segment);
}

bool jsonpath_parse_segments(struct jsonpath_parser *parser, struct jsonpath_query *query)
{
    for (;;) {
        size_t behind_segment = parser->at;
        jsonpath_skip_blanks(parser);
        if (jsonpath_peek(parser) != '.' && jsonpath_peek(parser) != '[') {
            parser->at = behind_segment;
            return true;
        }
        if (!parse_segment(parser, query)) {
            return false;
        }
    }
}

// What stands behind the last segment, which is nothing in a path that is right.
static bool check_end(struct jsonpath_parser *parser)
{
    size_t behind_segment = parser->at;
    jsonpath_skip_blanks(parser);
    if (parser->at < parser->len) {
        return jsonpath_fail_expected(parser, "\".\" or \"[\"");
    }
    parser->at = behind_segment;
    return parser->at == parser->len || jsonpath_fail(parser, "blanks at the end of the path");
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
    return jsonpath_parse_segments(parser, &parser->path->query) && check_end(parser);
}

enum err_kind jsonpath_parse_at(const char *text, size_t len, enum jsonpath_mode mode,
                                struct jsonpath **path_out, size_t *position_out, struct err *err)
{
    size_t position = 0;
    struct jsonpath *path = mem_alloc(1, sizeof(*path));
    struct jsonpath_parser parser = {
        .text = text, .len = len, .mode = mode, .path = path, .err = err};
    enum err_kind kind = ERR_OK;
    if (len > LIMIT_PATH_BYTES) {
        kind = err_set(err, ERR_LIMIT, "a path of %zu bytes; at most %d are allowed", len,
                       LIMIT_PATH_BYTES);
    } else if (!parse_query(&parser)) {
        kind = err->kind;
        position = parser.at + 1;
    }
    if (kind == ERR_OK) {
        path->text = mem_text_n(text, len);
        path->prefix = jsonpath_query_prefix(&path->query);
        path->is_singular = jsonpath_query_is_singular(&path->query);
        *path_out = path;
        return ERR_OK;
    }
    jsonpath_destroy(&path);
    if (position_out != NULL) {
        *position_out = position;
    }
    return kind;
}

enum err_kind jsonpath_parse(const char *text, size_t len, enum jsonpath_mode mode,
                             struct jsonpath **path_out, struct err *err)
{
    return jsonpath_parse_at(text, len, mode, path_out, NULL, err);
}
