// SPDX-License-Identifier: MIT
//
// The state of a parse of one JSONPath, and the rules that its parts call of each other. Thread:
// its owner's.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "jsonpath_tree.h"

#include <stdbool.h>
#include <stddef.h>

enum { JSONPATH_NO_CHAR = -1 };

struct jsonpath_parser {
    const char *text;
    size_t len;
    size_t at;
    size_t depth;    // open filters, parentheses and calls
    size_t segments; // so far, those in filters included
    enum jsonpath_mode mode;
    struct jsonpath *path;
    struct err *err;
};

// Fill the error with the position where the parser stands. Always false, so that rules can return
// it. The second says "expected …, found …", the third is ERR_LIMIT.
bool jsonpath_fail(struct jsonpath_parser *parser, const char *format, ...) PRINTF_LIKE(2, 3);
bool jsonpath_fail_expected(struct jsonpath_parser *parser, const char *expected);
bool jsonpath_exceed(struct jsonpath_parser *parser, const char *format, ...) PRINTF_LIKE(2, 3);

// The byte that comes next, JSONPATH_NO_CHAR at the end.
int jsonpath_peek(const struct jsonpath_parser *parser);
// Takes the byte that comes next when it is the one wanted.
bool jsonpath_accept(struct jsonpath_parser *parser, char wanted);
// Takes what comes next when it is this text.
bool jsonpath_accept_text(struct jsonpath_parser *parser, const char *wanted);
void jsonpath_skip_blanks(struct jsonpath_parser *parser);

bool jsonpath_is_digit(int c);
// A letter, underscore or byte of a character beyond ASCII (2.5.1.1).
bool jsonpath_is_name_first(int c);

// One level of nesting more; false past LIMIT_PATH_DEPTH. A level entered is left.
bool jsonpath_enter(struct jsonpath_parser *parser);
void jsonpath_leave(struct jsonpath_parser *parser);

// Reads a quoted text whose opening quote was taken, up to and with the closing one.
bool jsonpath_parse_string(struct jsonpath_parser *parser, char quote, struct buf *out);
// An index or bound (2.3.3.1).
bool jsonpath_parse_integer(struct jsonpath_parser *parser, int64_t *value_out);
// Segments, as many as there are; what stands behind them is not touched.
bool jsonpath_parse_segments(struct jsonpath_parser *parser, struct jsonpath_query *query);
// The inside of [(…)] in lenient mode: "@.length-1" is the index -1. The opening parenthesis was
// taken; the closing one is.
bool jsonpath_parse_script(struct jsonpath_parser *parser, int64_t *index_out);
// A logical expression. *test_out is set, and the caller's, whatever is returned.
bool jsonpath_parse_test(struct jsonpath_parser *parser, struct jsonpath_test **test_out);
// A literal, a query or a call; it is the caller's to deinit whatever is returned.
bool jsonpath_parse_operand(struct jsonpath_parser *parser, struct jsonpath_operand *operand);

// The type of a function's result is "true or false" (2.4.1, LogicalType), not a value.
bool jsonpath_function_is_logical(enum jsonpath_function function);
const char *jsonpath_function_text(enum jsonpath_function function);
