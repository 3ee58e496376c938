// SPDX-License-Identifier: MIT
//
// Comparison of values (RFC 9535, 2.3.5.2.2). The depth of the document bounds the recursion.
#include "decimal.h"
#include "jsonpath_walk.h"
#include "value.h"

#include <string.h>

static int sign_of(bool is_less, bool is_greater)
{
    return (is_greater ? 1 : 0) - (is_less ? 1 : 0);
}

// What the parser of documents takes has an exponent that decimals take.
static void read_decimal(const json_t *number, struct value_text *text, struct decimal *decimal)
{
    ENSURE(value_as_text(number, text));
    ENSURE(decimal_parse(text->bytes, text->len, decimal));
}

// -1, 0, 1. An integer and a double meet as decimals, because neither holds all of the other.
static int compare_numbers(const json_t *a, const json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b)) {
        json_int_t left = json_integer_value(a);
        json_int_t right = json_integer_value(b);
        return sign_of(left<right, left> right);
    }
    if (json_is_real(a) && json_is_real(b)) {
        double left = json_real_value(a);
        double right = json_real_value(b);
        return sign_of(left<right, left> right);
    }
    struct value_text texts[2];
    struct decimal left = {0};
    struct decimal right = {0};
    read_decimal(a, &texts[0], &left);
    read_decimal(b, &texts[1], &right);
    return decimal_compare(&left, &right);
}

// As strcmp. UTF-8 sorts bytewise as its code points do.
static int compare_texts(struct jsonpath_run *run, const json_t *a, const json_t *b)
{
    size_t left = json_string_length(a);
    size_t right = json_string_length(b);
    size_t shared = left < right ? left : right;
    (void)jsonpath_charge(run, shared / JSONPATH_BYTES_PER_NODE);
    int order = memcmp(json_string_value(a), json_string_value(b), shared);
    return order != 0 ? order : sign_of(left<right, left> right);
}

static bool is_equal(struct jsonpath_run *run, const json_t *a, const json_t *b);

static bool is_array_equal(struct jsonpath_run *run, const json_t *a, const json_t *b)
{
    bool is_same = json_array_size(a) == json_array_size(b);
    for (size_t i = 0; i < json_array_size(a) && is_same; i++) {
        is_same = is_equal(run, json_array_get(a, i), json_array_get(b, i));
    }
    return is_same;
}

static bool is_object_equal(struct jsonpath_run *run, const json_t *a, const json_t *b)
{
    if (json_object_size(a) != json_object_size(b)) {
        return false;
    }
    const char *name;
    size_t name_len;
    json_t *member;
    // The iterator of jansson takes no const object; it changes none.
    json_object_keylen_foreach((json_t *)(uintptr_t)a, name, name_len, member)
    {
        const json_t *other = json_object_getn(b, name, name_len);
        if (other == NULL || !is_equal(run, member, other)) {
            return false;
        }
    }
    return true;
}

static bool is_equal(struct jsonpath_run *run, const json_t *a, const json_t *b)
{
    if (!jsonpath_charge(run, 1)) {
        return false;
    }
    if (value_is_number(a) && value_is_number(b)) {
        return compare_numbers(a, b) == 0;
    }
    if (json_typeof(a) != json_typeof(b) || value_is_number(a) || value_is_number(b)) {
        return false;
    }
    switch (json_typeof(a)) {
    case JSON_STRING:
        return json_string_length(a) == json_string_length(b) && compare_texts(run, a, b) == 0;
    case JSON_ARRAY:
        return is_array_equal(run, a, b);
    case JSON_OBJECT:
        return is_object_equal(run, a, b);
    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return true;
}

// Only numbers and texts have an order.
static bool is_less(struct jsonpath_run *run, const json_t *a, const json_t *b)
{
    if (value_is_number(a) && value_is_number(b)) {
        return compare_numbers(a, b) < 0;
    }
    return value_is_text(a) && value_is_text(b) && compare_texts(run, a, b) < 0;
}

// The answer on two values, of which either may be nothing (NULL).
static bool compare_json(struct jsonpath_run *run, enum jsonpath_comparison comparison,
                         const json_t *a, const json_t *b)
{
    bool is_there = a != NULL && b != NULL;
    bool is_same = is_there ? is_equal(run, a, b) : a == b;
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
    bool is_true = compare_json(run, comparison, left->is_size ? sizes[0] : left->json,
                                right->is_size ? sizes[1] : right->json);
    json_decref(sizes[0]);
    json_decref(sizes[1]);
    return is_true;
}
