// SPDX-License-Identifier: MIT
//
// What filters compare and test: literals, queries, calls of functions with their well-typedness
// (2.4.3), and the one script that the lenient mode knows. Numbers in comments are sections of RFC
// 9535.
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "jsonpath_parser.h"
#include "tree.h"

#include <string.h>

enum { NAME_BYTES = 40, QUOTED_BYTES = 256 };

// 2.4.1: what an argument is.
enum argument_type {
    ARGUMENT_NONE,
    ARGUMENT_VALUE, // a literal, a singular query, a call that gives a value
    ARGUMENT_NODES, // a query
};

static const struct {
    const char *name;
    enum argument_type arguments[JSONPATH_ARGUMENTS_MAX];
    bool is_logical;
} FUNCTIONS[] = {
    [JSONPATH_LENGTH] = {"length", {ARGUMENT_VALUE}, false},
    [JSONPATH_COUNT] = {"count", {ARGUMENT_NODES}, false},
    [JSONPATH_VALUE] = {"value", {ARGUMENT_NODES}, false},
    [JSONPATH_MATCH] = {"match", {ARGUMENT_VALUE, ARGUMENT_VALUE}, true},
    [JSONPATH_SEARCH] = {"search", {ARGUMENT_VALUE, ARGUMENT_VALUE}, true},
};
_Static_assert(ARRAY_LEN(FUNCTIONS) == JSONPATH_FUNCTIONS, "one row each");

bool jsonpath_function_is_logical(enum jsonpath_function function)
{
    return FUNCTIONS[function].is_logical;
}

const char *jsonpath_function_text(enum jsonpath_function function)
{
    return FUNCTIONS[function].name;
}

static size_t skip_digits(struct jsonpath_parser *parser)
{
    size_t first = parser->at;
    while (jsonpath_is_digit(jsonpath_peek(parser))) {
        parser->at++;
    }
    return parser->at - first;
}

// Takes the fraction and the exponent of a number (2.3.5.1), if they are there.
static bool skip_fraction(struct jsonpath_parser *parser)
{
    if (jsonpath_accept(parser, '.') && skip_digits(parser) == 0) {
        return jsonpath_fail_expected(parser, "a digit");
    }
    if (jsonpath_accept(parser, 'e') || jsonpath_accept(parser, 'E')) {
        (void)(jsonpath_accept(parser, '-') || jsonpath_accept(parser, '+'));
        return skip_digits(parser) > 0 || jsonpath_fail_expected(parser, "a digit");
    }
    return true;
}

static bool parse_number(struct jsonpath_parser *parser, struct jsonpath_operand *operand)
{
    size_t first = parser->at;
    (void)jsonpath_accept(parser, '-');
    size_t first_digit = parser->at;
    size_t digits = skip_digits(parser);
    if (digits == 0) {
        return jsonpath_fail_expected(parser, "a digit");
    }
    if (digits > 1 && parser->text[first_digit] == '0') {
        parser->at = first;
        return jsonpath_fail(parser, "a number has no leading zero");
    }
    if (!skip_fraction(parser)) {
        return false;
    }
    // Read as in a document, so that it is the same number with all of its digits.
    struct err err = ERR_INIT;
    if (tree_parse(parser->text + first, parser->at - first, &operand->literal, &err) != ERR_OK) {
        parser->at = first;
        return jsonpath_fail(parser, "the number is too large");
    }
    return true;
}

static bool parse_text(struct jsonpath_parser *parser, char quote, struct jsonpath_operand *operand)
{
    struct buf text;
    buf_init(&text, LIMIT_PATH_BYTES);
    bool is_read = jsonpath_parse_string(parser, quote, &text);
    if (is_read) {
        operand->literal = json_stringn(buf_text(&text), text.len);
    }
    buf_deinit(&text);
    return is_read;
}

static bool parse_nested_query(struct jsonpath_parser *parser, struct jsonpath_operand *operand)
{
    operand->kind = JSONPATH_QUERY;
    operand->query.is_relative = jsonpath_peek(parser) == '@';
    parser->at++;
    bool is_read = jsonpath_parse_segments(parser, &operand->query);
    operand->is_singular = is_read && jsonpath_query_is_singular(&operand->query);
    return is_read;
}

// 2.4.3. `first` is where the argument stands.
static bool check_argument(struct jsonpath_parser *parser, enum argument_type type,
                           const struct jsonpath_operand *argument, size_t first)
{
    const char *problem = NULL;
    if (type == ARGUMENT_NODES) {
        problem = argument->kind == JSONPATH_QUERY ? NULL : "takes a query here";
    } else if (argument->kind == JSONPATH_QUERY && !argument->is_singular) {
        problem = "takes one value here; this query may select several nodes";
    } else if (argument->kind == JSONPATH_CALL && FUNCTIONS[argument->function].is_logical) {
        problem = "takes one value here, not true or false from another function";
    }
    if (problem != NULL) {
        parser->at = first;
        return jsonpath_fail(parser, "the function %s", problem);
    }
    return true;
}

static bool parse_argument(struct jsonpath_parser *parser, enum argument_type type,
                           struct jsonpath_operand *argument)
{
    jsonpath_skip_blanks(parser);
    size_t first = parser->at;
    if (!jsonpath_parse_operand(parser, argument) ||
        !check_argument(parser, type, argument, first)) {
        return false;
    }
    jsonpath_skip_blanks(parser);
    return true;
}

// A pattern that is written in the path is compiled here, once. One that is no I-Regexp is no error
// of the path (2.4.6), one that passes the limits is. `first` is where the call stands.
static bool compile_pattern(struct jsonpath_parser *parser, struct jsonpath_operand *call,
                            size_t first)
{
    const json_t *pattern = call->arguments[1].literal;
    if (!FUNCTIONS[call->function].is_logical || !json_is_string(pattern)) {
        return true;
    }
    unsigned table = call->function == JSONPATH_MATCH ? IREGEXP_TABLE_WHOLE : IREGEXP_TABLE_PART;
    struct err err = ERR_INIT;
    enum err_kind kind = iregexp_compile(json_string_value(pattern), json_string_length(pattern),
                                         table, &call->pattern, &err);
    if (kind == ERR_LIMIT) {
        parser->at = first;
        return jsonpath_exceed(parser, "the pattern of %s(): %s", FUNCTIONS[call->function].name,
                               err.message);
    }
    if (kind != ERR_OK && parser->path->pattern_fault == NULL) {
        parser->path->pattern_fault =
            mem_format("position %zu: the pattern of %s() is no I-Regexp (RFC 9485) and matches "
                       "nothing: %s",
                       first + 1, FUNCTIONS[call->function].name, err.message);
    }
    return true;
}

static bool parse_arguments(struct jsonpath_parser *parser, struct jsonpath_operand *call)
{
    const enum argument_type *types = FUNCTIONS[call->function].arguments;
    call->arguments = mem_alloc(JSONPATH_ARGUMENTS_MAX, sizeof(*call->arguments));
    for (size_t i = 0; i < JSONPATH_ARGUMENTS_MAX && types[i] != ARGUMENT_NONE; i++) {
        if (i > 0 && !jsonpath_accept(parser, ',')) {
            return jsonpath_fail_expected(parser, "\",\" and one argument more");
        }
        if (!parse_argument(parser, types[i], &call->arguments[i])) {
            return false;
        }
    }
    return jsonpath_accept(parser, ')') ||
           jsonpath_fail_expected(parser, "\")\" behind the last argument");
}

// The name and the opening parenthesis were taken.
static bool parse_call(struct jsonpath_parser *parser, const char *name, size_t len,
                       struct jsonpath_operand *operand)
{
    size_t function = 0;
    while (function < JSONPATH_FUNCTIONS && (strlen(FUNCTIONS[function].name) != len ||
                                             memcmp(FUNCTIONS[function].name, name, len) != 0)) {
        function++;
    }
    size_t first = (size_t)(name - parser->text);
    if (function == JSONPATH_FUNCTIONS) {
        parser->at = first;
        return jsonpath_fail(parser,
                             "unknown function; there are length, count, value, match and search");
    }
    operand->kind = JSONPATH_CALL;
    operand->function = (enum jsonpath_function)function;
    if (!jsonpath_enter(parser)) {
        return false;
    }
    bool is_read = parse_arguments(parser, operand);
    jsonpath_leave(parser);
    return is_read && compile_pattern(parser, operand, first);
}

// true, false, null or a function.
static bool parse_word(struct jsonpath_parser *parser, struct jsonpath_operand *operand)
{
    size_t first = parser->at;
    while (jsonpath_is_name_first(jsonpath_peek(parser)) ||
           jsonpath_is_digit(jsonpath_peek(parser))) {
        parser->at++;
    }
    const char *word = parser->text + first;
    size_t len = parser->at - first;
    if (jsonpath_accept(parser, '(')) {
        return parse_call(parser, word, len, operand);
    }
    if (len == 4 && memcmp(word, "true", len) == 0) {
        operand->literal = json_true();
    } else if (len == 5 && memcmp(word, "false", len) == 0) {
        operand->literal = json_false();
    } else if (len == 4 && memcmp(word, "null", len) == 0) {
        operand->literal = json_null();
    } else {
        parser->at = first;
        return jsonpath_fail_expected(parser, "@, $, a literal or a function");
    }
    return true;
}

static bool parse_operand(struct jsonpath_parser *parser, struct jsonpath_operand *operand)
{
    int c = jsonpath_peek(parser);
    if (c == '@' || c == '$') {
        return parse_nested_query(parser, operand);
    }
    if (c == '\'' || c == '"') {
        parser->at++;
        return parse_text(parser, (char)c, operand);
    }
    if (c == '-' || jsonpath_is_digit(c)) {
        return parse_number(parser, operand);
    }
    return parse_word(parser, operand);
}

static void take_apart_literal(struct jsonpath_operand *operand)
{
    struct value literal = value_of_json(operand->literal);
    operand->literal_kind = value_kind(literal);
    if (operand->literal_kind == VALUE_TEXT) {
        operand->text = value_text(literal);
    } else if (operand->literal_kind == VALUE_NUMBER) {
        struct value_string digits;
        value_digits(literal, &digits);
        operand->digits = mem_text_n(digits.span.bytes, digits.span.len);
        ENSURE(decimal_parse(operand->digits, digits.span.len, &operand->number));
    }
}

bool jsonpath_parse_operand(struct jsonpath_parser *parser, struct jsonpath_operand *operand)
{
    bool is_read = parse_operand(parser, operand);
    if (is_read && operand->kind == JSONPATH_LITERAL) {
        take_apart_literal(operand);
    }
    return is_read;
}

bool jsonpath_parse_script(struct jsonpath_parser *parser, int64_t *index_out)
{
    int64_t distance = 0;
    jsonpath_skip_blanks(parser);
    if (!jsonpath_accept_text(parser, "@.length")) {
        return jsonpath_fail_expected(parser, "@.length-1 or the like");
    }
    jsonpath_skip_blanks(parser);
    if (!jsonpath_accept(parser, '-')) {
        return jsonpath_fail_expected(parser, "\"-\" and how far before the end");
    }
    jsonpath_skip_blanks(parser);
    size_t first = parser->at;
    if (!jsonpath_parse_integer(parser, &distance)) {
        return false;
    }
    if (distance < 1) {
        parser->at = first;
        return jsonpath_fail(parser, "the last element is @.length-1");
    }
    jsonpath_skip_blanks(parser);
    *index_out = -distance;
    return jsonpath_accept(parser, ')') || jsonpath_fail_expected(parser, "\")\"");
}
