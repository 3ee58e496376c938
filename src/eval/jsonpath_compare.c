// SPDX-License-Identifier: MIT
//
// Comparison of values (RFC 9535, 2.3.5.2.2). The depth of the document bounds the recursion.
#include "decimal.h"
#include "jsonpath_walk.h"

// What the parsers of documents take has an exponent that decimals take.
static struct decimal decimal_of(const struct jsonpath_value *number, struct value_string *digits)
{
    struct decimal decimal = {0};
    if (number->number != NULL) {
        return *number->number;
    }
    if (number->is_size) {
        size_t len = decimal_text_of_integer((json_int_t)number->size, digits->storage);
        digits->span = (struct span){digits->storage, len};
    } else {
        value_digits(number->value, digits);
    }
    ENSURE(decimal_parse(digits->span.bytes, digits->span.len, &decimal));
    return decimal;
}

// -1, 0, 1.
static int compare_numbers(const struct jsonpath_value *a, const struct jsonpath_value *b)
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

static bool is_equal(struct jsonpath_run *run, const struct jsonpath_value *a,
                     const struct jsonpath_value *b);

static bool is_value_equal(struct jsonpath_run *run, struct value a, struct value b)
{
    return is_equal(run, &(struct jsonpath_value){.value = a},
                    &(struct jsonpath_value){.value = b});
}

static bool is_array_equal(struct jsonpath_run *run, struct value a, struct value b)
{
    struct value_children left = value_children(a);
    struct value_children right = value_children(b);
    bool is_same = value_size(a) == value_size(b);
    while (is_same && value_children_next(&left) && value_children_next(&right)) {
        is_same = is_value_equal(run, left.value, right.value);
    }
    return is_same;
}

static bool is_object_equal(struct jsonpath_run *run, struct value a, struct value b)
{
    struct value_children members = value_children(a);
    bool is_same = value_size(a) == value_size(b);
    while (is_same && value_children_next(&members)) {
        struct value other = jsonpath_member(run, b, members.name);
        is_same = value_exists(other) && is_value_equal(run, members.value, other);
    }
    return is_same;
}

static bool is_text_equal(struct jsonpath_run *run, struct span a, struct span b)
{
    return a.len == b.len && compare_texts(run, a, b) == 0;
}

static enum value_kind kind_of(const struct jsonpath_value *value)
{
    bool is_number = value->is_size || value->number != NULL;
    return is_number ? VALUE_NUMBER : value_kind(value->value);
}

static bool is_equal(struct jsonpath_run *run, const struct jsonpath_value *a,
                     const struct jsonpath_value *b)
{
    enum value_kind kind = kind_of(a);
    if (!jsonpath_charge(run, 1) || kind != kind_of(b)) {
        return false;
    }
    switch (kind) {
    case VALUE_NUMBER:
        return compare_numbers(a, b) == 0;
    case VALUE_TEXT:
        return is_text_equal(run, value_text(a->value), value_text(b->value));
    case VALUE_ARRAY:
        return is_array_equal(run, a->value, b->value);
    case VALUE_OBJECT:
        return is_object_equal(run, a->value, b->value);
    case VALUE_TRUE:
    case VALUE_FALSE:
    case VALUE_NULL:
        break;
    }
    return true;
}

// Only numbers and texts have an order.
static bool is_less(struct jsonpath_run *run, const struct jsonpath_value *a,
                    const struct jsonpath_value *b)
{
    enum value_kind kind = kind_of(a);
    if (kind != kind_of(b)) {
        return false;
    }
    return kind == VALUE_NUMBER ? compare_numbers(a, b) < 0
                                : kind == VALUE_TEXT && compare_texts(run, value_text(a->value),
                                                                      value_text(b->value)) < 0;
}

static bool is_there(const struct jsonpath_value *value)
{
    return value->is_size || value_exists(value->value);
}

bool jsonpath_compare(struct jsonpath_run *run, enum jsonpath_comparison comparison,
                      const struct jsonpath_value *left, const struct jsonpath_value *right)
{
    bool are_there = is_there(left) && is_there(right);
    bool is_same = are_there ? is_equal(run, left, right) : is_there(left) == is_there(right);
    switch (comparison) {
    case JSONPATH_EQUAL:
        return is_same;
    case JSONPATH_NOT_EQUAL:
        return !is_same;
    case JSONPATH_LESS:
        return are_there && is_less(run, left, right);
    case JSONPATH_LESS_OR_EQUAL:
        return is_same || (are_there && is_less(run, left, right));
    case JSONPATH_GREATER:
        return are_there && is_less(run, right, left);
    case JSONPATH_GREATER_OR_EQUAL:
        break;
    }
    return is_same || (are_there && is_less(run, right, left));
}

bool jsonpath_equals_literal(struct jsonpath_run *run, struct value value,
                             const struct jsonpath_operand *literal)
{
    if (!value_exists(value) || !jsonpath_charge(run, 1) ||
        value_kind(value) != literal->literal_kind) {
        return false;
    }
    if (literal->literal_kind == VALUE_TEXT) {
        return is_text_equal(run, value_text(value), literal->text);
    }
    return literal->literal_kind != VALUE_NUMBER ||
           compare_numbers(&(struct jsonpath_value){.value = value},
                           &(struct jsonpath_value){.number = &literal->number}) == 0;
}
