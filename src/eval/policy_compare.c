// SPDX-License-Identifier: MIT
#include "policy_compare.h"

#include "base/check.h"
#include "base/text.h"
#include "domain/suggest.h"
#include "value.h"

#include <string.h>

static enum truth truth_of(bool is_true)
{
    return is_true ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth equals(json_t *a, json_t *b, bool ignores_case);

// Kleene's `and` over the members.
static enum truth objects_equal(json_t *a, json_t *b)
{
    if (json_object_size(a) != json_object_size(b)) {
        return TRUTH_FALSE;
    }
    enum truth all = TRUTH_TRUE;
    const char *key;
    json_t *member;
    json_object_foreach(a, key, member)
    {
        json_t *other = json_object_get(b, key);
        enum truth truth = other == NULL ? TRUTH_FALSE : equals(member, other, false);
        all = truth < all ? truth : all;
    }
    return all;
}

static enum truth arrays_equal(json_t *a, json_t *b)
{
    if (json_array_size(a) != json_array_size(b)) {
        return TRUTH_FALSE;
    }
    enum truth all = TRUTH_TRUE;
    for (size_t i = 0; i < json_array_size(a); i++) {
        enum truth truth = equals(json_array_get(a, i), json_array_get(b, i), false);
        all = truth < all ? truth : all;
    }
    return all;
}

static enum truth texts_equal(json_t *a, json_t *b, bool ignores_case)
{
    const char *a_text = json_string_value(a);
    const char *b_text = json_string_value(b);
    return truth_of(ignores_case ? text_equals_ignore_case(a_text, b_text)
                                 : strcmp(a_text, b_text) == 0);
}

static bool read_number(json_t *value, struct value_text *text, struct decimal *number)
{
    return (value_is_number(value) || value_is_text(value)) && value_as_text(value, text) &&
           decimal_parse(text->bytes, text->len, number);
}

static enum truth numbers_equal(json_t *a, json_t *b)
{
    struct value_text texts[2];
    struct decimal numbers[2];
    if (!read_number(a, &texts[0], &numbers[0]) || !read_number(b, &texts[1], &numbers[1])) {
        return TRUTH_UNKNOWN;
    }
    return truth_of(decimal_compare(&numbers[0], &numbers[1]) == 0);
}

// The depth of the values bounds the recursion.
static enum truth equals(json_t *a, json_t *b, bool ignores_case)
{
    if (json_is_null(b)) {
        return truth_of(json_is_null(a));
    }
    if (value_is_number(a) && value_is_number(b)) {
        return numbers_equal(a, b);
    }
    if (value_is_text(a) && value_is_text(b)) {
        return texts_equal(a, b, ignores_case);
    }
    if (json_is_boolean(a) && json_is_boolean(b)) {
        return truth_of(json_is_true(a) == json_is_true(b));
    }
    if (json_is_array(a) && json_is_array(b)) {
        return arrays_equal(a, b);
    }
    return json_is_object(a) && json_is_object(b) ? objects_equal(a, b) : TRUTH_UNKNOWN;
}

// Kleene's `or` over the elements.
static enum truth is_in(json_t *value, json_t *list, bool ignores_case)
{
    enum truth any = TRUTH_FALSE;
    for (size_t i = 0; i < json_array_size(list); i++) {
        enum truth truth = equals(value, json_array_get(list, i), ignores_case);
        any = truth > any ? truth : any;
    }
    return any;
}

static enum truth test_equals(const struct policy_comparator *comparator, json_t *value,
                              json_t *pattern, bool ignores_case)
{
    (void)comparator;
    return equals(value, pattern, ignores_case);
}

static enum truth test_in(const struct policy_comparator *comparator, json_t *value,
                          json_t *pattern, bool ignores_case)
{
    (void)comparator;
    return json_is_array(pattern) ? is_in(value, pattern, ignores_case) : TRUTH_UNKNOWN;
}

static enum truth test_order(const struct policy_comparator *comparator, json_t *value,
                             json_t *pattern, bool ignores_case)
{
    (void)ignores_case;
    struct value_text texts[2];
    struct decimal numbers[2];
    if (!read_number(value, &texts[0], &numbers[0]) ||
        !read_number(pattern, &texts[1], &numbers[1])) {
        return TRUTH_UNKNOWN;
    }
    int order = decimal_compare(&numbers[0], &numbers[1]);
    unsigned found = order < 0 ? ORDER_LT : order > 0 ? ORDER_GT : ORDER_EQ;
    return truth_of((comparator->accepts & found) != 0);
}

static enum truth test_has_key(const struct policy_comparator *comparator, json_t *value,
                               json_t *pattern, bool ignores_case)
{
    (void)comparator;
    (void)ignores_case;
    return json_is_object(value) ? policy_contains(value, pattern) : TRUTH_UNKNOWN;
}

static enum truth test_contains(const struct policy_comparator *comparator, json_t *value,
                                json_t *pattern, bool ignores_case)
{
    (void)comparator;
    (void)ignores_case;
    return policy_contains(value, pattern);
}

enum truth policy_contains(json_t *container, json_t *key)
{
    if (json_is_array(container)) {
        return is_in(key, container, false);
    }
    if (!value_is_text(key)) {
        return TRUTH_UNKNOWN;
    }
    if (json_is_object(container)) {
        return truth_of(json_object_get(container, json_string_value(key)) != NULL);
    }
    return value_is_text(container)
               ? truth_of(strstr(json_string_value(container), json_string_value(key)) != NULL)
               : TRUTH_UNKNOWN;
}

static const struct policy_comparator COMPARATORS[] = {
    // name, test, orders, ours, negated, takes a list, takes a text
    {"equals", test_equals, 0, false, false, false, false},
    {"notEquals", test_equals, 0, true, true, false, false},
    {"in", test_in, 0, true, false, true, false},
    {"notIn", test_in, 0, false, true, true, false},
    {"greater", test_order, ORDER_GT, false, false, false, false},
    {"greaterOrEquals", test_order, ORDER_GE, true, false, false, false},
    {"less", test_order, ORDER_LT, true, false, false, false},
    {"lessOrEquals", test_order, ORDER_LE, true, false, false, false},
    {"containsKey", test_has_key, 0, true, false, false, true},
    {"notContainsKey", test_has_key, 0, false, true, false, true},
    {"contains", test_contains, 0, true, false, false, false},
    {"notContains", test_contains, 0, true, true, false, false},
};

const struct policy_comparator *policy_comparator_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(COMPARATORS); i++) {
        if (strcmp(COMPARATORS[i].name, name) == 0) {
            return &COMPARATORS[i];
        }
    }
    return NULL;
}

const char *policy_comparator_suggest(const char *word)
{
    const char *names[ARRAY_LEN(COMPARATORS)];
    for (size_t i = 0; i < ARRAY_LEN(COMPARATORS); i++) {
        names[i] = COMPARATORS[i].name;
    }
    return suggest_nearest(word, names, ARRAY_LEN(names));
}

void policy_comparator_list(struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(COMPARATORS); i++) {
        (void)buf_append_format(out, "%s%s", i == 0 ? "" : ", ", COMPARATORS[i].name);
    }
}

enum truth policy_compare(const struct policy_comparator *comparator, json_t *value,
                          json_t *pattern, bool ignores_case)
{
    enum truth truth = comparator->test(comparator, value, pattern, ignores_case);
    return comparator->is_negated ? truth_not(truth) : truth;
}
