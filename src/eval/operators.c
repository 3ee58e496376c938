// SPDX-License-Identifier: MIT
#include "operators.h"

#include "base/check.h"
#include "base/limits.h"
#include "base64.h"
#include "clause_feature.h"
#include "domain/suggest.h"
#include "operators_own.h"
#include "wanted_index.h"

#include <string.h>

enum truth truth_not(enum truth truth)
{
    switch (truth) {
    case TRUTH_FALSE:
        return TRUTH_TRUE;
    case TRUTH_TRUE:
        return TRUTH_FALSE;
    case TRUTH_UNKNOWN:
        break;
    }
    return TRUTH_UNKNOWN;
}

bool operator_accepts(const struct condition_operator *op, int order)
{
    unsigned found = order < 0 ? ORDER_LT : order > 0 ? ORDER_GT : ORDER_EQ;
    return (op->accepts & found) != 0;
}

static enum truth truth_of(bool is_true)
{
    return is_true ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth unknown(enum clause_cause *cause_out, enum clause_cause cause)
{
    *cause_out = cause;
    return TRUTH_UNKNOWN;
}

static struct span wanted_span(const struct operand_value *wanted)
{
    return (struct span){wanted->text, wanted->len};
}

// StringEquals and StringIn: a list of one and of several.
static enum truth test_text_in(const struct comparison *comparison, struct actual *actual,
                               enum clause_cause *cause_out)
{
    struct span text;
    if (!actual_string(actual, &text)) {
        return unknown(cause_out, CAUSE_NO_SCALAR);
    }
    if (comparison->operand->index != NULL) {
        return truth_of(wanted_index_has_text(comparison->operand->index, text));
    }
    for (size_t i = 0; i < comparison->operand->count; i++) {
        if (span_equals_ignore_case(text, wanted_span(&comparison->operand->values[i]))) {
            return TRUTH_TRUE;
        }
    }
    return TRUTH_FALSE;
}

// Whether all, or any, of the wanted values stand in the bytes.
static bool has_fragments(struct span text, const struct operand *operand, bool needs_all)
{
    for (size_t i = 0; i < operand->count; i++) {
        const struct operand_value *wanted = &operand->values[i];
        bool has_it =
            text.len > 0 && memmem(text.bytes, text.len, wanted->text, wanted->len) != NULL;
        if (has_it != needs_all) {
            return has_it;
        }
    }
    return needs_all;
}

static enum truth test_text_has(const struct comparison *comparison, struct actual *actual,
                                enum clause_cause *cause_out)
{
    struct span text;
    if (!actual_string(actual, &text)) {
        return unknown(cause_out, CAUSE_NO_SCALAR);
    }
    return truth_of(has_fragments(text, comparison->operand, comparison->op->needs_all));
}

static enum truth test_base64_has(const struct comparison *comparison, struct actual *actual,
                                  enum clause_cause *cause_out)
{
    if (actual->kind != VALUE_TEXT) {
        return unknown(cause_out, CAUSE_NO_BASE64);
    }
    struct span text = actual->text.span;
    struct buf decoded;
    buf_init(&decoded, LIMIT_RECORD_BYTES);
    enum truth truth = TRUTH_UNKNOWN;
    if (base64_decode(text.bytes, text.len, &decoded)) {
        const struct span found = {buf_text(&decoded), decoded.len};
        truth = truth_of(has_fragments(found, comparison->operand, comparison->op->needs_all));
    } else {
        *cause_out = CAUSE_NO_BASE64;
    }
    buf_deinit(&decoded);
    return truth;
}

// A number, or a text that is one.
static bool read_decimal(const struct actual *actual, struct decimal *number_out)
{
    bool may_be = actual->kind == VALUE_NUMBER || actual->kind == VALUE_TEXT;
    return may_be && decimal_parse(actual->text.span.bytes, actual->text.span.len, number_out);
}

static enum truth test_order(const struct comparison *comparison, struct actual *actual,
                             enum clause_cause *cause_out)
{
    const struct operand_value *wanted = &comparison->operand->values[0];
    struct decimal number;
    if (wanted->is_integer && actual_read_integer(actual)) {
        int order = (actual->integer > wanted->integer) - (actual->integer < wanted->integer);
        return truth_of(operator_accepts(comparison->op, order));
    }
    if (!read_decimal(actual, &number)) {
        return unknown(cause_out, CAUSE_NO_NUMBER);
    }
    return truth_of(operator_accepts(comparison->op, decimal_compare(&number, &wanted->number)));
}

static bool is_container(const struct actual *actual)
{
    return actual->kind == VALUE_OBJECT || actual->kind == VALUE_ARRAY;
}

// Of a number its value counts, of anything else its text.
static bool is_wanted(const struct actual *actual, const struct operand_value *wanted)
{
    struct decimal number;
    if (actual->kind == VALUE_NUMBER) {
        return wanted->is_number && read_decimal(actual, &number) &&
               decimal_compare(&number, &wanted->number) == 0;
    }
    bool has_text =
        actual->kind == VALUE_TEXT || actual->kind == VALUE_TRUE || actual->kind == VALUE_FALSE;
    return has_text && span_equals(actual->text.span, wanted_span(wanted));
}

static enum truth test_in(const struct comparison *comparison, struct actual *actual,
                          enum clause_cause *cause_out)
{
    if (is_container(actual)) {
        return unknown(cause_out, CAUSE_NO_SCALAR);
    }
    if (comparison->operand->index != NULL) {
        return truth_of(wanted_index_has(comparison->operand->index, actual));
    }
    for (size_t i = 0; i < comparison->operand->count; i++) {
        if (is_wanted(actual, &comparison->operand->values[i])) {
            return TRUTH_TRUE;
        }
    }
    return TRUTH_FALSE;
}

static enum truth test_is_empty(const struct comparison *comparison, struct actual *actual,
                                enum clause_cause *cause_out)
{
    (void)comparison;
    *cause_out = CAUSE_NONE;
    switch (actual->kind) {
    case VALUE_TEXT:
        return truth_of(actual->text.span.len == 0);
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        return truth_of(value_size(actual->value) == 0);
    case VALUE_NULL:
    case VALUE_FALSE:
    case VALUE_TRUE:
    case VALUE_NUMBER:
        break;
    }
    return TRUTH_FALSE;
}

static enum truth test_is_string_empty(const struct comparison *comparison, struct actual *actual,
                                       enum clause_cause *cause_out)
{
    (void)comparison;
    struct span text;
    if (!actual_string(actual, &text)) {
        return unknown(cause_out, CAUSE_NO_SCALAR);
    }
    return truth_of(text.len == 0);
}

static const struct condition_operator OPERATORS[] = {
    // name, desired, reach, negated, missing passes, needs all, orders, test
    {"StringEquals", OPERAND_TEXT, REACH_ELEMENT, false, false, false, 0, test_text_in},
    {"NotStringEquals", OPERAND_TEXT, REACH_ELEMENT, true, true, false, 0, test_text_in},
    {"StringIn", OPERAND_LIST, REACH_ELEMENT, false, false, false, 0, test_text_in},
    {"NotStringIn", OPERAND_LIST, REACH_ELEMENT, true, true, false, 0, test_text_in},
    {"StringContains", OPERAND_FRAGMENT, REACH_ELEMENT, false, false, false, 0, test_text_has},
    {"NotStringContains", OPERAND_FRAGMENT, REACH_ELEMENT, true, true, false, 0, test_text_has},
    {"Equals", OPERAND_NUMBER, REACH_ELEMENT, false, false, false, ORDER_EQ, test_order},
    {"NotEquals", OPERAND_NUMBER, REACH_ELEMENT, true, true, false, ORDER_EQ, test_order},
    {"Less", OPERAND_NUMBER, REACH_ELEMENT, false, false, false, ORDER_LT, test_order},
    {"LessOrEquals", OPERAND_NUMBER, REACH_ELEMENT, false, false, false, ORDER_LE, test_order},
    {"Greater", OPERAND_NUMBER, REACH_ELEMENT, false, false, false, ORDER_GT, test_order},
    {"GreaterOrEquals", OPERAND_NUMBER, REACH_ELEMENT, false, false, false, ORDER_GE, test_order},
    {"Base64Contains", OPERAND_FRAGMENT, REACH_ELEMENT, false, false, false, 0, test_base64_has},
    {"NotBase64Contains", OPERAND_FRAGMENT, REACH_ELEMENT, true, true, false, 0, test_base64_has},
    {"Base64ContainsAll", OPERAND_FRAGMENTS, REACH_ELEMENT, false, false, true, 0, test_base64_has},
    {"Base64ExcludeAll", OPERAND_FRAGMENTS, REACH_ELEMENT, true, true, false, 0, test_base64_has},
    {"Contains", OPERAND_FRAGMENT, REACH_COLLECTION, false, false, true, 0, NULL},
    {"NotContains", OPERAND_FRAGMENT, REACH_COLLECTION, true, true, false, 0, NULL},
    {"In", OPERAND_LIST, REACH_ELEMENT, false, false, false, 0, test_in},
    {"NotIn", OPERAND_LIST, REACH_ELEMENT, true, true, false, 0, test_in},
    {"ContainsAll", OPERAND_FRAGMENTS, REACH_COLLECTION, false, false, true, 0, NULL},
    {"ExcludeAll", OPERAND_FRAGMENTS, REACH_COLLECTION, true, true, false, 0, NULL},
    {"IsEmpty", OPERAND_NONE, REACH_NODE, false, true, false, 0, test_is_empty},
    {"IsStringEmpty", OPERAND_NONE, REACH_ELEMENT, false, true, false, 0, test_is_string_empty},
    {"IsNotStringEmpty", OPERAND_NONE, REACH_ELEMENT, true, false, false, 0, test_is_string_empty},
};

static const struct condition_operator *find_in(const struct condition_operator *operators,
                                                size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(operators[i].name, name) == 0) {
            return &operators[i];
        }
    }
    return NULL;
}

const struct condition_operator *operator_find(const char *name)
{
    const struct condition_operator *found = find_in(OPERATORS, ARRAY_LEN(OPERATORS), name);
    return found != NULL ? found : find_in(OPERATORS_OWN, OPERATORS_OWN_COUNT, name);
}

bool operator_is_own(const struct condition_operator *op)
{
    return find_in(OPERATORS_OWN, OPERATORS_OWN_COUNT, op->name) != NULL;
}

const char *operator_suggest(const char *word)
{
    const char *names[ARRAY_LEN(OPERATORS) + OPERATORS_OWN_COUNT + 2];
    size_t count = 0;
    names[count++] = "and";
    names[count++] = "or";
    for (size_t i = 0; i < ARRAY_LEN(OPERATORS); i++) {
        names[count++] = OPERATORS[i].name;
    }
    for (size_t i = 0; i < OPERATORS_OWN_COUNT; i++) {
        names[count++] = OPERATORS_OWN[i].name;
    }
    return suggest_nearest(word, names, count);
}

void operator_list(struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(OPERATORS); i++) {
        (void)buf_append_format(out, "%s%s", i == 0 ? "" : ", ", OPERATORS[i].name);
    }
    for (size_t i = 0; i < OPERATORS_OWN_COUNT; i++) {
        (void)buf_append_format(out, ", %s", OPERATORS_OWN[i].name);
    }
}

enum truth operator_judge(const struct comparison *comparison, struct actual *actual,
                          enum clause_cause *cause_out)
{
    const struct condition_operator *op = comparison->op;
    REQUIRE(op->test != NULL && actual->kind != VALUE_NULL);
    enum clause_cause cause = CAUSE_NONE;
    enum truth truth = op->test(comparison, actual, &cause);
    truth = op->is_negated ? truth_not(truth) : truth;
    *cause_out = truth == TRUTH_FALSE ? CAUSE_DIFFERS : cause;
    return truth;
}

bool operator_judge_text(const struct condition_operator *op, const struct operand *operand,
                         struct span text)
{
    REQUIRE(op->reach == REACH_COLLECTION);
    return has_fragments(text, operand, op->needs_all) != op->is_negated;
}

// An object or a list among the elements is no value that could be the wanted one, and may hold it:
// mostly the path is short of a name.
static enum truth list_has(const struct feature *feature, const struct operand_value *wanted)
{
    enum truth truth = TRUTH_FALSE;
    struct feature_elements elements = feature_elements(feature);
    while (feature_elements_next(&elements)) {
        struct actual actual;
        actual_take(&actual, elements.value);
        if (is_wanted(&actual, wanted)) {
            return TRUTH_TRUE;
        }
        truth = is_container(&actual) ? TRUTH_UNKNOWN : truth;
    }
    return truth;
}

static enum truth list_has_few(const struct condition_operator *op, const struct operand *operand,
                               const struct feature *feature)
{
    // Behind it no other wanted value counts.
    const enum truth last = op->needs_all ? TRUTH_FALSE : TRUTH_TRUE;
    enum truth joined = truth_not(last);
    for (size_t i = 0; i < operand->count && joined != last; i++) {
        enum truth has = list_has(feature, &operand->values[i]);
        bool decides = op->needs_all ? has < joined : has > joined;
        joined = decides ? has : joined;
    }
    return joined;
}

// The same in one go through the list: each value that was not found has the truth that the
// elements give together.
static enum truth list_has_many(const struct condition_operator *op, const struct operand *operand,
                                const struct feature *feature)
{
    enum truth truth = TRUTH_FALSE;
    struct wanted_marks marks = wanted_marks_begin(operand->index);
    const size_t enough = op->needs_all ? 0 : operand->count - 1;
    struct feature_elements elements = feature_elements(feature);
    while (marks.left > enough && feature_elements_next(&elements)) {
        struct actual actual;
        actual_take(&actual, elements.value);
        wanted_marks_add(&marks, &actual);
        truth = is_container(&actual) ? TRUTH_UNKNOWN : truth;
    }
    truth = marks.left <= enough ? TRUTH_TRUE : truth;
    wanted_marks_end(&marks);
    return truth;
}

enum truth operator_judge_list(const struct condition_operator *op, const struct operand *operand,
                               const struct feature *feature)
{
    REQUIRE(op->reach == REACH_COLLECTION);
    enum truth joined = operand->index != NULL ? list_has_many(op, operand, feature)
                                               : list_has_few(op, operand, feature);
    return op->is_negated ? truth_not(joined) : joined;
}

const char *clause_cause_text(enum clause_cause cause)
{
    switch (cause) {
    case CAUSE_NONE:
        break;
    case CAUSE_DIFFERS:
        return "the value found does not pass the operator";
    case CAUSE_MISSING:
        return "no value was found at this path";
    case CAUSE_NONE_PASSES:
        return "none of the values found passes the operator";
    case CAUSE_PASSES:
        return "the value found passes the operator, and none may";
    case CAUSE_COUNT:
        return "the number of elements found does not pass the operator";
    case CAUSE_NO_ELEMENT:
        return "the list found at this path is empty";
    case CAUSE_NO_SCALAR:
        return "an object or a nested list was found where one value is compared";
    case CAUSE_NO_NUMBER:
        return "the value found is no number";
    case CAUSE_NO_NETWORK:
        return "the value found is no IP address or network";
    case CAUSE_NO_DATE:
        return "the value found is no date or time of RFC 3339";
    case CAUSE_NO_INSTANT:
        return "no instant was given to judge an age at";
    case CAUSE_NO_VERSION:
        return "the value found is no version";
    case CAUSE_NO_COUNT:
        return "one value was found where the elements of a list are counted";
    case CAUSE_NO_LIST:
        return "an object was found where a list or a text is searched";
    case CAUSE_NO_BASE64:
        return "the value found is no valid Base64";
    case CAUSE_NO_JSON:
        return "the property that featureSource names holds no JSON document";
    case CAUSE_TOO_MANY:
        return "the path goes through more nodes of this resource than the limit allows";
    case CAUSE_TOO_LONG:
        return "matching the pattern takes more steps on this resource than the limit allows";
    }
    return "";
}
