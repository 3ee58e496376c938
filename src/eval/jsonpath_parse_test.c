// SPDX-License-Identifier: MIT
//
// Logical expressions of filters (2.3.5.1): || binds less than &&, && less than !. Numbers in
// comments are sections of RFC 9535.
#include "base/mem.h"
#include "jsonpath_parser.h"

static struct jsonpath_test *test_create(enum jsonpath_test_kind kind)
{
    struct jsonpath_test *test = mem_alloc(1, sizeof(*test));
    test->kind = kind;
    return test;
}

// A longer sign stands before those that begin as it does.
static const struct {
    const char *sign;
    enum jsonpath_comparison comparison;
    enum jsonpath_mode since; // JSONPATH_LENIENT: an old spelling
} COMPARISONS[] = {
    {"===", JSONPATH_EQUAL, JSONPATH_LENIENT},
    {"!==", JSONPATH_NOT_EQUAL, JSONPATH_LENIENT},
    {"==", JSONPATH_EQUAL, JSONPATH_STRICT},
    {"!=", JSONPATH_NOT_EQUAL, JSONPATH_STRICT},
    {"<=", JSONPATH_LESS_OR_EQUAL, JSONPATH_STRICT},
    {">=", JSONPATH_GREATER_OR_EQUAL, JSONPATH_STRICT},
    {"<", JSONPATH_LESS, JSONPATH_STRICT},
    {">", JSONPATH_GREATER, JSONPATH_STRICT},
};

static bool accept_comparison(struct jsonpath_parser *parser, enum jsonpath_comparison *out)
{
    for (size_t i = 0; i < ARRAY_LEN(COMPARISONS); i++) {
        if (parser->mode >= COMPARISONS[i].since &&
            jsonpath_accept_text(parser, COMPARISONS[i].sign)) {
            *out = COMPARISONS[i].comparison;
            return true;
        }
    }
    return false;
}

// 2.4.3 and 2.3.5.1: only what has one value at most can be compared. `first` is where it stands.
static bool check_comparable(struct jsonpath_parser *parser, const struct jsonpath_operand *operand,
                             size_t first)
{
    if (operand->kind == JSONPATH_QUERY && !operand->is_singular) {
        parser->at = first;
        return jsonpath_fail(parser, "a query that may select several nodes cannot be compared; "
                                     "only names and single indexes may stand in it");
    }
    if (operand->kind == JSONPATH_CALL && jsonpath_function_is_logical(operand->function)) {
        parser->at = first;
        return jsonpath_fail(parser, "%s() is true or false by itself and cannot be compared",
                             jsonpath_function_text(operand->function));
    }
    return true;
}

// 2.4.3: a test alone is a query, or a function that says true or false.
static bool check_testable(struct jsonpath_parser *parser, const struct jsonpath_operand *operand,
                           size_t first)
{
    if (operand->kind == JSONPATH_LITERAL) {
        parser->at = first;
        return jsonpath_fail(parser, "a literal has to be compared with something");
    }
    if (operand->kind == JSONPATH_CALL && !jsonpath_function_is_logical(operand->function)) {
        parser->at = first;
        return jsonpath_fail(parser, "the result of %s() has to be compared with something",
                             jsonpath_function_text(operand->function));
    }
    return true;
}

// comparison-expr or test-expr.
static bool parse_comparison(struct jsonpath_parser *parser, struct jsonpath_test **test_out)
{
    struct jsonpath_test *test = test_create(JSONPATH_EXISTS);
    *test_out = test;
    size_t left = parser->at;
    if (!jsonpath_parse_operand(parser, &test->left)) {
        return false;
    }
    size_t behind = parser->at;
    jsonpath_skip_blanks(parser);
    if (!accept_comparison(parser, &test->comparison)) {
        parser->at = behind;
        return check_testable(parser, &test->left, left);
    }
    test->kind = JSONPATH_COMPARE;
    jsonpath_skip_blanks(parser);
    size_t right = parser->at;
    return check_comparable(parser, &test->left, left) &&
           jsonpath_parse_operand(parser, &test->right) &&
           check_comparable(parser, &test->right, right);
}

// The opening parenthesis was taken.
static bool parse_parentheses(struct jsonpath_parser *parser, struct jsonpath_test **test_out)
{
    if (!jsonpath_enter(parser)) {
        return false;
    }
    jsonpath_skip_blanks(parser);
    bool is_read = jsonpath_parse_test(parser, test_out);
    jsonpath_leave(parser);
    if (!is_read) {
        return false;
    }
    jsonpath_skip_blanks(parser);
    return jsonpath_accept(parser, ')') ||
           jsonpath_fail_expected(parser, "\"&&\", \"||\" or \")\"");
}

// The exclamation mark was taken. It stands before a parenthesis, a query or a call; a comparison
// needs parentheses.
static bool parse_not(struct jsonpath_parser *parser, struct jsonpath_test **test_out)
{
    struct jsonpath_test *negation = test_create(JSONPATH_NOT);
    *test_out = negation;
    jsonpath_skip_blanks(parser);
    size_t first = parser->at;
    if (jsonpath_accept(parser, '(')) {
        return parse_parentheses(parser, &negation->child);
    }
    if (!parse_comparison(parser, &negation->child)) {
        return false;
    }
    if (negation->child->kind == JSONPATH_COMPARE) {
        parser->at = first;
        return jsonpath_fail(parser, "a comparison behind ! stands in parentheses");
    }
    return true;
}

static bool parse_basic(struct jsonpath_parser *parser, struct jsonpath_test **test_out)
{
    *test_out = NULL;
    if (jsonpath_accept(parser, '!')) {
        return parse_not(parser, test_out);
    }
    if (jsonpath_accept(parser, '(')) {
        return parse_parentheses(parser, test_out);
    }
    return parse_comparison(parser, test_out);
}

typedef bool (*test_rule)(struct jsonpath_parser *parser, struct jsonpath_test **test_out);

// One test, or several with `sign` between them as children of one of this kind.
static bool parse_chain(struct jsonpath_parser *parser, test_rule rule, const char *sign,
                        enum jsonpath_test_kind kind, struct jsonpath_test **test_out)
{
    struct jsonpath_test *chain = NULL;
    struct jsonpath_test **end = test_out;
    for (;;) {
        if (!rule(parser, end)) {
            return false;
        }
        size_t behind = parser->at;
        jsonpath_skip_blanks(parser);
        if (!jsonpath_accept_text(parser, sign)) {
            parser->at = behind;
            return true;
        }
        jsonpath_skip_blanks(parser);
        if (chain == NULL) {
            chain = test_create(kind);
            chain->child = *test_out;
            *test_out = chain;
            end = &chain->child;
        }
        end = &(*end)->next;
    }
}

static bool parse_and(struct jsonpath_parser *parser, struct jsonpath_test **test_out)
{
    return parse_chain(parser, parse_basic, "&&", JSONPATH_AND, test_out);
}

bool jsonpath_parse_test(struct jsonpath_parser *parser, struct jsonpath_test **test_out)
{
    return parse_chain(parser, parse_and, "||", JSONPATH_OR, test_out);
}
