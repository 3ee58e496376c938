// SPDX-License-Identifier: MIT
#include "policy_compare.h"

#include "base/check.h"
#include "domain/suggest.h"

#include <string.h>

static enum truth truth_of(bool is_true)
{
    return is_true ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth equals(struct value a, struct value b, bool ignores_case);

// The object for a search of each member of another one. On a tape a search goes through all
// members, of which a resource may hold a million: then it is a tree, the caller's in *take_out.
static struct value searchable(struct value object, json_t **take_out)
{
    enum { FEW_MEMBERS = 16 };
    *take_out =
        object.tape != NULL && value_size(object) > FEW_MEMBERS ? value_to_json(object) : NULL;
    return *take_out == NULL ? object : value_of_json(*take_out);
}

// Kleene's `and` over the members.
static enum truth objects_equal(struct value a, struct value b)
{
    if (value_size(a) != value_size(b)) {
        return TRUTH_FALSE;
    }
    enum truth all = TRUTH_TRUE;
    json_t *tree;
    const struct value in = searchable(b, &tree);
    struct value_children members = value_children(a);
    while (value_children_next(&members)) {
        struct value other = value_member(in, members.name.bytes, members.name.len);
        enum truth truth = value_exists(other) ? equals(members.value, other, false) : TRUTH_FALSE;
        all = truth < all ? truth : all;
    }
    json_decref(tree);
    return all;
}

static enum truth arrays_equal(struct value a, struct value b)
{
    if (value_size(a) != value_size(b)) {
        return TRUTH_FALSE;
    }
    enum truth all = TRUTH_TRUE;
    struct value_children left = value_children(a);
    struct value_children right = value_children(b);
    while (value_children_next(&left) && value_children_next(&right)) {
        enum truth truth = equals(left.value, right.value, false);
        all = truth < all ? truth : all;
    }
    return all;
}

static enum truth texts_equal(struct value a, struct value b, bool ignores_case)
{
    struct span left = value_text(a);
    struct span right = value_text(b);
    return truth_of(ignores_case ? span_equals_ignore_case(left, right) : span_equals(left, right));
}

static bool read_number(struct value value, struct value_string *text, struct decimal *number)
{
    if (value_kind(value) == VALUE_NUMBER) {
        value_digits(value, text);
    } else if (value_kind(value) == VALUE_TEXT) {
        text->span = value_text(value);
    } else {
        return false;
    }
    return decimal_parse(text->span.bytes, text->span.len, number);
}

bool policy_is_number(struct value value)
{
    struct value_string text;
    struct decimal number;
    return read_number(value, &text, &number);
}

static enum truth numbers_equal(struct value a, struct value b)
{
    struct value_string texts[2];
    struct decimal numbers[2];
    if (!read_number(a, &texts[0], &numbers[0]) || !read_number(b, &texts[1], &numbers[1])) {
        return TRUTH_UNKNOWN;
    }
    return truth_of(decimal_compare(&numbers[0], &numbers[1]) == 0);
}

static bool is_boolean(enum value_kind kind)
{
    return kind == VALUE_TRUE || kind == VALUE_FALSE;
}

// The depth of the values bounds the recursion.
static enum truth equals(struct value a, struct value b, bool ignores_case)
{
    enum value_kind kind = value_kind(a);
    enum value_kind other = value_kind(b);
    if (other == VALUE_NULL || (is_boolean(kind) && is_boolean(other))) {
        return truth_of(kind == other);
    }
    if (kind != other) {
        return TRUTH_UNKNOWN;
    }
    switch (kind) {
    case VALUE_NUMBER:
        return numbers_equal(a, b);
    case VALUE_TEXT:
        return texts_equal(a, b, ignores_case);
    case VALUE_ARRAY:
        return arrays_equal(a, b);
    case VALUE_OBJECT:
        return objects_equal(a, b);
    case VALUE_NULL:
    case VALUE_FALSE:
    case VALUE_TRUE:
        break;
    }
    return TRUTH_UNKNOWN;
}

bool policy_equals(struct value a, struct value b)
{
    return equals(a, b, false) == TRUTH_TRUE;
}

// Kleene's `or` over the elements.
static enum truth is_in(struct value value, struct value list, bool ignores_case)
{
    enum truth any = TRUTH_FALSE;
    struct value_children elements = value_children(list);
    while (value_children_next(&elements)) {
        enum truth truth = equals(value, elements.value, ignores_case);
        any = truth > any ? truth : any;
    }
    return any;
}

static enum truth test_equals(const struct policy_comparator *comparator, struct value value,
                              struct value pattern, bool ignores_case)
{
    (void)comparator;
    return equals(value, pattern, ignores_case);
}

static enum truth test_in(const struct policy_comparator *comparator, struct value value,
                          struct value pattern, bool ignores_case)
{
    (void)comparator;
    return value_kind(pattern) == VALUE_ARRAY ? is_in(value, pattern, ignores_case) : TRUTH_UNKNOWN;
}

static enum truth test_order(const struct policy_comparator *comparator, struct value value,
                             struct value pattern, bool ignores_case)
{
    (void)ignores_case;
    struct value_string texts[2];
    struct decimal numbers[2];
    if (!read_number(value, &texts[0], &numbers[0]) ||
        !read_number(pattern, &texts[1], &numbers[1])) {
        return TRUTH_UNKNOWN;
    }
    int order = decimal_compare(&numbers[0], &numbers[1]);
    unsigned found = order < 0 ? ORDER_LT : order > 0 ? ORDER_GT : ORDER_EQ;
    return truth_of((comparator->accepts & found) != 0);
}

static enum truth test_has_key(const struct policy_comparator *comparator, struct value value,
                               struct value pattern, bool ignores_case)
{
    (void)comparator;
    (void)ignores_case;
    return value_kind(value) == VALUE_OBJECT ? policy_contains(value, pattern) : TRUTH_UNKNOWN;
}

static enum truth test_contains(const struct policy_comparator *comparator, struct value value,
                                struct value pattern, bool ignores_case)
{
    (void)comparator;
    (void)ignores_case;
    return policy_contains(value, pattern);
}

enum truth policy_contains(struct value container, struct value key)
{
    enum value_kind kind = value_kind(container);
    if (kind == VALUE_ARRAY) {
        return is_in(key, container, false);
    }
    if (value_kind(key) != VALUE_TEXT || (kind != VALUE_OBJECT && kind != VALUE_TEXT)) {
        return TRUTH_UNKNOWN;
    }
    struct span part = value_text(key);
    if (kind == VALUE_OBJECT) {
        return truth_of(value_exists(value_member(container, part.bytes, part.len)));
    }
    struct span text = value_text(container);
    return truth_of(memmem(text.bytes, text.len, part.bytes, part.len) != NULL);
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

enum truth policy_compare(const struct policy_comparator *comparator, struct value value,
                          struct value pattern, bool ignores_case)
{
    enum truth truth = comparator->test(comparator, value, pattern, ignores_case);
    return comparator->is_negated ? truth_not(truth) : truth;
}
