// SPDX-License-Identifier: MIT
//
// A compiled JSONPath, as parser and selection share it. Numbers in comments are sections of RFC
// 9535. Thread: read-only once parsed; literals are never referenced, only read, because jansson
// counts references without locks.
#pragma once

#include "decimal.h"
#include "eval/jsonpath.h"
#include "iregexp.h"

#include <stdint.h>

enum jsonpath_selector_kind {
    JSONPATH_NAME,
    JSONPATH_WILDCARD,
    JSONPATH_INDEX,
    JSONPATH_SLICE,
    JSONPATH_FILTER,
};

// 2.3.4: a bound that is absent has a default that depends on the sign of the step.
struct jsonpath_slice {
    bool has_start;
    bool has_end;
    int64_t start;
    int64_t end;
    int64_t step;
};

struct jsonpath_selector {
    enum jsonpath_selector_kind kind;
    char *name; // JSONPATH_NAME: decoded UTF-8, may hold NUL
    size_t name_len;
    int64_t index; // JSONPATH_INDEX
    struct jsonpath_slice slice;
    struct jsonpath_test *filter; // JSONPATH_FILTER, owned
};

struct jsonpath_segment {
    bool is_descendant;
    struct jsonpath_selector *selectors;
    size_t count;
    size_t capacity;
};

struct jsonpath_query {
    bool is_relative; // from the current node (@), else from the root
    struct jsonpath_segment *segments;
    size_t count;
    size_t capacity;
};

// 2.4
enum jsonpath_function {
    JSONPATH_LENGTH,
    JSONPATH_COUNT,
    JSONPATH_VALUE,
    JSONPATH_MATCH,
    JSONPATH_SEARCH,
    JSONPATH_FUNCTIONS,
};

enum jsonpath_operand_kind {
    JSONPATH_LITERAL,
    JSONPATH_QUERY,
    JSONPATH_CALL,
};

enum { JSONPATH_ARGUMENTS_MAX = 2 };

// What is compared, passed to a function or, alone, tested.
struct jsonpath_operand {
    enum jsonpath_operand_kind kind;
    json_t *literal; // owned
    // What there is to know of a literal, for all comparisons.
    enum value_kind literal_kind;
    struct span text; // of a text, borrowed from it
    char *digits;     // of a number, owned, and taken apart
    struct decimal number;
    struct jsonpath_query query; // owned
    bool is_singular;            // the query: names and single indexes only (2.3.5.1)
    enum jsonpath_function function;
    struct jsonpath_operand *arguments; // owned, JSONPATH_ARGUMENTS_MAX of them
    struct iregexp *pattern; // of a literal second argument that is one, owned; compiled once
};

enum jsonpath_test_kind {
    JSONPATH_OR,
    JSONPATH_AND,
    JSONPATH_NOT,
    JSONPATH_COMPARE,
    JSONPATH_EXISTS, // a query selects something, or match and search say yes
};

enum jsonpath_comparison {
    JSONPATH_EQUAL,
    JSONPATH_NOT_EQUAL,
    JSONPATH_LESS,
    JSONPATH_LESS_OR_EQUAL,
    JSONPATH_GREATER,
    JSONPATH_GREATER_OR_EQUAL,
};

// A logical expression (2.3.5).
struct jsonpath_test {
    enum jsonpath_test_kind kind;
    struct jsonpath_test *child; // OR, AND: the first of at least two; NOT: the only one
    struct jsonpath_test *next;  // sibling
    enum jsonpath_comparison comparison;
    struct jsonpath_operand left;  // COMPARE, EXISTS
    struct jsonpath_operand right; // COMPARE
};

// The first function that is called in a filter of the path; NULL when there is none.
const char *jsonpath_first_function(const struct jsonpath *path);

struct jsonpath {
    char *text;
    size_t prefix; // segments from the first on that are one step each (jsonpath_prefix.h)
    bool is_singular;
    char *pattern_fault; // see jsonpath_pattern_fault
    struct jsonpath_query query;
};

void jsonpath_query_deinit(struct jsonpath_query *query);
void jsonpath_operand_deinit(struct jsonpath_operand *operand);
// With its siblings.
void jsonpath_test_destroy(struct jsonpath_test **test);

// Leading segments that are one name, or one index from the start, each.
size_t jsonpath_query_prefix(const struct jsonpath_query *query);

// Names and single indexes only (2.3.5.1).
bool jsonpath_query_is_singular(const struct jsonpath_query *query);
