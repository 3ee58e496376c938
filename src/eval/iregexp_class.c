// SPDX-License-Identifier: MIT
#include "iregexp_class.h"

#include "base/mem.h"
#include "unicode_category.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 128 };

bool iregexp_fail(struct iregexp_parser *parser, const char *reason)
{
    (void)err_set(parser->err, ERR_INVALID, "position %zu: %s", parser->at + 1, reason);
    return false;
}

bool iregexp_exceed(struct iregexp_parser *parser, const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    (void)err_set(parser->err, ERR_LIMIT, "position %zu: %s", parser->at + 1, message);
    return false;
}

int iregexp_peek(const struct iregexp_parser *parser)
{
    return parser->at < parser->len ? (unsigned char)parser->text[parser->at] : IREGEXP_NO_CHAR;
}

bool iregexp_accept(struct iregexp_parser *parser, char wanted)
{
    if (iregexp_peek(parser) != (unsigned char)wanted) {
        return false;
    }
    parser->at++;
    return true;
}

static void add_item(struct iregexp_parser *parser, struct iregexp_item item)
{
    struct iregexp_sets *sets = parser->sets;
    sets->items =
        mem_grow(sets->items, &sets->item_capacity, sets->item_count + 1, sizeof(*sets->items));
    sets->items[sets->item_count++] = item;
    sets->has_categories = sets->has_categories || item.categories != 0;
}

static void add_range(struct iregexp_parser *parser, uint32_t low, uint32_t high)
{
    add_item(parser, (struct iregexp_item){.low = low, .high = high});
}

// The set of all items from `first` on.
static size_t add_set(struct iregexp_parser *parser, size_t first, bool is_negated)
{
    struct iregexp_sets *sets = parser->sets;
    sets->sets = mem_grow(sets->sets, &sets->capacity, sets->count + 1, sizeof(*sets->sets));
    sets->sets[sets->count] = (struct iregexp_set){
        .first = first, .count = sets->item_count - first, .is_negated = is_negated};
    return sets->count++;
}

static uint32_t take_character(struct iregexp_parser *parser)
{
    const char *at = parser->text + parser->at;
    uint32_t code_point = utf8_next(&at, parser->text + parser->len);
    parser->at = (size_t)(at - parser->text);
    return code_point;
}

// SingleCharEsc; the backslash was taken.
static bool parse_single_escape(struct iregexp_parser *parser, uint32_t *code_point_out)
{
    static const char THEMSELVES[] = "()*+-.?[\\]^{|}";
    int c = iregexp_peek(parser);
    if (c == 'n' || c == 'r' || c == 't') {
        *code_point_out = c == 'n' ? '\n' : c == 'r' ? '\r' : '\t';
    } else if (c > 0 && strchr(THEMSELVES, c) != NULL) {
        *code_point_out = (uint32_t)c;
    } else {
        return iregexp_fail(parser, "expected one of ( ) * + - . ? [ \\ ] ^ { | } n r t p P after "
                                    "the backslash");
    }
    parser->at++;
    return true;
}

// catEsc or complEsc; the backslash was taken, "p" or "P" comes next.
static bool parse_category(struct iregexp_parser *parser)
{
    bool is_complement = iregexp_peek(parser) == 'P';
    parser->at++;
    const char *name = parser->text + parser->at + 1;
    const char *end =
        iregexp_accept(parser, '{') ? memchr(name, '}', parser->len - parser->at) : NULL;
    uint32_t mask = end == NULL ? 0 : unicode_category_mask(name, (size_t)(end - name));
    if (mask == 0) {
        return iregexp_fail(parser,
                            "expected a category of Unicode in braces, such as {L} or {Nd}");
    }
    parser->at = (size_t)(end - parser->text) + 1;
    uint32_t all = (UINT32_C(1) << UNICODE_CATEGORIES) - 1;
    add_item(parser, (struct iregexp_item){.categories = is_complement ? all & ~mask : mask});
    return true;
}

static bool begins_category(const struct iregexp_parser *parser)
{
    return iregexp_peek(parser) == 'p' || iregexp_peek(parser) == 'P';
}

// CCchar: a character in brackets, as it is or escaped.
static bool parse_class_character(struct iregexp_parser *parser, uint32_t *code_point_out)
{
    int c = iregexp_peek(parser);
    if (c == IREGEXP_NO_CHAR) {
        return iregexp_fail(parser, "a bracket has no ]");
    }
    if (c == '-') {
        return iregexp_fail(parser, "a - that is meant stands first, last or after a backslash");
    }
    if (c == '[' || c == ']') {
        return iregexp_fail(parser, "in brackets, [ and ] stand after a backslash");
    }
    if (iregexp_accept(parser, '\\')) {
        return parse_single_escape(parser, code_point_out);
    }
    *code_point_out = take_character(parser);
    return true;
}

// Whether a "-" comes next that makes a range: one before the closing bracket means itself.
static bool begins_range_end(const struct iregexp_parser *parser)
{
    return iregexp_peek(parser) == '-' &&
           !(parser->at + 1 < parser->len && parser->text[parser->at + 1] == ']');
}

// CCE1: a category, a character or a range.
static bool parse_class_element(struct iregexp_parser *parser)
{
    size_t first = parser->at;
    if (iregexp_accept(parser, '\\')) {
        if (begins_category(parser)) {
            return parse_category(parser);
        }
        parser->at = first;
    }
    uint32_t low = 0;
    if (!parse_class_character(parser, &low)) {
        return false;
    }
    uint32_t high = low;
    if (begins_range_end(parser)) {
        parser->at++;
        if (!parse_class_character(parser, &high)) {
            return false;
        }
    }
    if (high < low) {
        parser->at = first;
        return iregexp_fail(parser, "the range ends before it begins");
    }
    add_range(parser, low, high);
    return true;
}

// charClassExpr; the opening bracket was taken.
static bool parse_bracket(struct iregexp_parser *parser, size_t *set_out)
{
    size_t first = parser->sets->item_count;
    bool is_negated = iregexp_accept(parser, '^');
    bool has_element = iregexp_accept(parser, '-');
    if (has_element) {
        add_range(parser, '-', '-');
    }
    while (!has_element || (iregexp_peek(parser) != ']' && iregexp_peek(parser) != '-')) {
        if (!parse_class_element(parser)) {
            return false;
        }
        has_element = true;
    }
    if (iregexp_accept(parser, '-')) {
        add_range(parser, '-', '-');
    }
    if (!iregexp_accept(parser, ']')) {
        return iregexp_fail(parser, "a - that is meant stands first, last or after a backslash");
    }
    *set_out = add_set(parser, first, is_negated);
    return true;
}

bool iregexp_parse_set(struct iregexp_parser *parser, size_t *set_out)
{
    static const char SPECIAL[] = "*+?{}]";
    size_t first = parser->sets->item_count;
    int c = iregexp_peek(parser);
    if (c > 0 && strchr(SPECIAL, c) != NULL) {
        return iregexp_fail(parser, "* + ? { } ] need something before them, or a backslash");
    }
    if (iregexp_accept(parser, '[')) {
        return parse_bracket(parser, set_out);
    }
    if (iregexp_accept(parser, '.')) { // all but line ends (RFC 9485, 4 and 5.3)
        add_range(parser, '\n', '\n');
        add_range(parser, '\r', '\r');
        *set_out = add_set(parser, first, true);
        return true;
    }
    uint32_t code_point = 0;
    if (!iregexp_accept(parser, '\\')) {
        code_point = take_character(parser);
        add_range(parser, code_point, code_point);
    } else if (begins_category(parser)) {
        if (!parse_category(parser)) {
            return false;
        }
    } else if (parse_single_escape(parser, &code_point)) {
        add_range(parser, code_point, code_point);
    } else {
        return false;
    }
    *set_out = add_set(parser, first, false);
    return true;
}
