// SPDX-License-Identifier: MIT
//
// Comparison of values (RFC 9535, 2.3.5.2.2). The depth of the document bounds the recursion.
#include "decimal.h"
#include "jsonpath_walk.h"

// What the parsers of documents take has an exponent that decimals take.
static struct decimal decimal_of(struct value number, struct value_string *digits)
{
    struct decimal decimal = {0};
    value_digits(number, digits);
    ENSURE(decimal_parse(digits->span.bytes, digits->span.len, &decimal));
    return decimal;
}

// -1, 0, 1.
static int compare_numbers(struct value a, struct value b)
{
    struct value_string digits[2];
    struct decimal left = decimal_of(a, &digits[0]);
    struct decimal right = decimal_of(b, &digits[1]);
    return decimal_compare(&left, &right);
}

// As strcmp. UTF-8 sorts bytewise as its code points do.
static int compare_texts(struct jsonpath_run *run, struct span a, struct span b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    (void)jsonpath_charge(run, shared / JSONPATH_BYTES_PER_NODE);
    return span_compare(a, b);
}

static bool is_equal(struct jsonpath_run *run, struct value a, struct value b);

static bool is_array_equal(struct jsonpath_run *run, struct value a, struct value b)
{
    struct value_children left = value_children(a);
    struct value_children right = value_children(b);
    bool is_same = value_size(a) == value_size(b);
    while (is_same && value_children_next(&left) && value_children_next(&right)) {
        is_same = is_equal(run, left.value, right.value);
    }
    return is_same;
}

static bool is_object_equal(struct jsonpath_run *run, struct value a, struct value b)
{
    struct value_children members = value_children(a);
    bool is_same = value_size(a) == value_size(b);
    while (is_same && value_children_next(&members)) {
        struct value other = jsonpath_member(run, b, members.name);
        is_same = value_exists(other) && is_equal(run, members.value, other);
    }
    return is_same;
}

static bool is_equal(struct jsonpath_run *run, struct value a, struct value b)
{
    enum value_kind kind = value_kind(a);
    if (!jsonpath_charge(run, 1) || kind != value_kind(b)) {
        return false;
    }
    switch (kind) {
    case VALUE_NUMBER:
        return compare_numbers(a, b) == 0;
    case VALUE_TEXT: {
        struct span left = value_text(a);
        struct span right = value_text(b);
        return left.len == right.len && compare_texts(run, left, right) == 0;
    }
    case VALUE_ARRAY:
        return is_array_equal(run, a, b);
    case VALUE_OBJECT:
        return is_object_equal(run, a, b);
    case VALUE_TRUE:
    case VALUE_FALSE:
    case VALUE_NULL:
        break;
    }
    return true;
}

// Only numbers and texts have an order.
static bool is_less(struct jsonpath_run *run, struct value a, struct value b)
{
    if (value_is(a, VALUE_NUMBER) && value_is(b, VALUE_NUMBER)) {
        return compare_numbers(a, b) < 0;
    }
    return value_is(a, VALUE_TEXT) && value_is(b, VALUE_TEXT) &&
           compare_texts(run, value_text(a), value_text(b)) < 0;
}

// The answer on two values, of which either may be nothing.
static bool compare_values(struct jsonpath_run *run, enum jsonpath_comparison comparison,
                           struct value a, struct value b)
{
    bool is_there = value_exists(a) && value_exists(b);
    bool is_same = is_there ? is_equal(run, a, b) : value_exists(a) == value_exists(b);
    switch (comparison) {
    case JSONPATH_EQUAL:
        return is_same;
    case JSONPATH_NOT_EQUAL:
        return !is_same;
    case JSONPATH_LESS:
        return is_there && is_less(run, a, b);
    case JSONPATH_LESS_OR_EQUAL:
        return is_same || (is_there && is_less(run, a, b));
    case JSONPATH_GREATER:
        return is_there && is_less(run, b, a);
    case JSONPATH_GREATER_OR_EQUAL:
        break;
    }
    return is_same || (is_there && is_less(run, b, a));
}

bool jsonpath_compare(struct jsonpath_run *run, enum jsonpath_comparison comparison,
                      const struct jsonpath_value *left, const struct jsonpath_value *right)
{
    json_t *sizes[2] = {left->is_size ? json_integer(left->size) : NULL,
                        right->is_size ? json_integer(right->size) : NULL};
    bool is_true =
        compare_values(run, comparison, left->is_size ? value_of_json(sizes[0]) : left->value,
                       right->is_size ? value_of_json(sizes[1]) : right->value);
    json_decref(sizes[0]);
    json_decref(sizes[1]);
    return is_true;
}
