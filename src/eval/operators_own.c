// SPDX-License-Identifier: MIT
#include "operators_own.h"

#include "base/check.h"
#include "base/text.h"
#include "network_index.h"

#include <string.h>

static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;

static enum truth truth_of(bool is_true)
{
    return is_true ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth unknown(enum clause_cause *cause_out, enum clause_cause cause)
{
    *cause_out = cause;
    return TRUTH_UNKNOWN;
}

static enum truth test_pattern(const struct comparison *comparison, struct actual *actual,
                               enum clause_cause *cause_out)
{
    struct span text;
    if (!actual_string(actual, &text)) {
        return unknown(cause_out, CAUSE_NO_SCALAR);
    }
    const struct iregexp_subject subject = {.text = text.bytes, .len = text.len, .is_whole = false};
    bool is_match = false;
    struct err err;
    if (iregexp_match(comparison->operand->pattern, &subject, comparison->steps_left, &is_match,
                      &err) != ERR_OK) {
        return unknown(cause_out, CAUSE_TOO_LONG);
    }
    return truth_of(is_match);
}

typedef bool (*network_test)(const struct network_index *wanted, const struct network *found);

static enum truth test_networks(const struct comparison *comparison, struct actual *actual,
                                enum clause_cause *cause_out, network_test test)
{
    struct network found;
    struct span text = actual->kind == VALUE_TEXT ? actual->text.span : span_of("");
    if (!network_parse(text.bytes, text.len, &found)) {
        return unknown(cause_out, CAUSE_NO_NETWORK);
    }
    return truth_of(test(comparison->operand->networks, &found));
}

static enum truth test_cidr_contains(const struct comparison *comparison, struct actual *actual,
                                     enum clause_cause *cause_out)
{
    return test_networks(comparison, actual, cause_out, network_index_lies_in);
}

static enum truth test_cidr_in(const struct comparison *comparison, struct actual *actual,
                               enum clause_cause *cause_out)
{
    return test_networks(comparison, actual, cause_out, network_index_holds);
}

static bool overlaps(const struct network_index *wanted, const struct network *found)
{
    return network_index_holds(wanted, found) || network_index_lies_in(wanted, found);
}

static enum truth test_cidr_overlaps(const struct comparison *comparison, struct actual *actual,
                                     enum clause_cause *cause_out)
{
    return test_networks(comparison, actual, cause_out, overlaps);
}

static bool read_instant(const struct actual *actual, int64_t *instant_ms_out)
{
    return actual->kind == VALUE_TEXT && text_read_time(actual->text.span, instant_ms_out);
}

static int order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

// The digits of a time behind its milliseconds, without the zeros that end them.
static struct span rest_of(struct span time)
{
    enum { MILLISECOND_DIGITS = 3 };
    const char *point = memchr(time.bytes, '.', time.len);
    struct span rest = {NULL, 0};
    if (point == NULL) {
        return rest;
    }
    const char *behind = time.bytes + time.len;
    size_t digits = 0;
    for (const char *at = point + 1; at < behind && *at >= '0' && *at <= '9'; at++) {
        digits++;
        if (digits > MILLISECOND_DIGITS && *at != '0') {
            rest = (struct span){point + 1 + MILLISECOND_DIGITS, digits - MILLISECOND_DIGITS};
        }
    }
    return rest;
}

int instant_order(int64_t a_ms, struct span a, int64_t b_ms, struct span b)
{
    if (a_ms != b_ms) {
        return order_of(a_ms, b_ms);
    }
    struct span left = rest_of(a);
    struct span right = rest_of(b);
    size_t len = left.len < right.len ? left.len : right.len;
    int order = len > 0 ? memcmp(left.bytes, right.bytes, len) : 0;
    return order != 0 ? order : order_of((int64_t)left.len, (int64_t)right.len);
}

static enum truth test_date(const struct comparison *comparison, struct actual *actual,
                            enum clause_cause *cause_out)
{
    int64_t instant_ms;
    if (!read_instant(actual, &instant_ms)) {
        return unknown(cause_out, CAUSE_NO_DATE);
    }
    const struct operand_value *wanted = &comparison->operand->values[0];
    int order = instant_order(instant_ms, actual->text.span, wanted->instant_ms,
                              (struct span){wanted->text, wanted->len});
    return truth_of(operator_accepts(comparison->op, order));
}

static enum truth test_age(const struct comparison *comparison, struct actual *actual,
                           enum clause_cause *cause_out)
{
    int64_t instant_ms;
    if (!read_instant(actual, &instant_ms)) {
        return unknown(cause_out, CAUSE_NO_DATE);
    }
    if (comparison->as_of_ms == NO_INSTANT) {
        return unknown(cause_out, CAUSE_NO_INSTANT);
    }
    int64_t wanted_ms = comparison->operand->values[0].whole * DAY_MS;
    int order = order_of(comparison->as_of_ms - instant_ms, wanted_ms);
    if (order == 0 && rest_of(actual->text.span).len > 0) {
        order = -1; // younger by less than a millisecond
    }
    return truth_of(operator_accepts(comparison->op, order));
}

// What may be a version: a text, or a number without a point.
static bool read_version(const struct actual *actual, struct version *version_out)
{
    struct span text;
    bool may_be = actual->kind == VALUE_TEXT ||
                  (actual->kind == VALUE_NUMBER && !value_is_fraction(actual->value));
    return may_be && actual_string(actual, &text) &&
           version_parse(text.bytes, text.len, version_out);
}

static enum truth test_version(const struct comparison *comparison, struct actual *actual,
                               enum clause_cause *cause_out)
{
    struct version version;
    if (!read_version(actual, &version)) {
        return unknown(cause_out, CAUSE_NO_VERSION);
    }
    int order = version_compare(&version, &comparison->operand->values[0].version);
    return truth_of(operator_accepts(comparison->op, order));
}

const struct condition_operator OPERATORS_OWN[] = {
    // name, desired, reach, negated, missing passes, needs all, orders, test
    {"StringMatches", OPERAND_PATTERN, REACH_ELEMENT, false, false, false, 0, test_pattern},
    {"NotStringMatches", OPERAND_PATTERN, REACH_ELEMENT, true, true, false, 0, test_pattern},
    {"CidrContains", OPERAND_NETWORKS, REACH_ELEMENT, false, false, false, 0, test_cidr_contains},
    {"NotCidrContains", OPERAND_NETWORKS, REACH_ELEMENT, true, true, false, 0, test_cidr_contains},
    {"CidrIn", OPERAND_NETWORKS, REACH_ELEMENT, false, false, false, 0, test_cidr_in},
    {"NotCidrIn", OPERAND_NETWORKS, REACH_ELEMENT, true, true, false, 0, test_cidr_in},
    {"CidrOverlaps", OPERAND_NETWORKS, REACH_ELEMENT, false, false, false, 0, test_cidr_overlaps},
    {"NotCidrOverlaps", OPERAND_NETWORKS, REACH_ELEMENT, true, true, false, 0, test_cidr_overlaps},
    {"DateBefore", OPERAND_INSTANT, REACH_ELEMENT, false, false, false, ORDER_LT, test_date},
    {"DateAfter", OPERAND_INSTANT, REACH_ELEMENT, false, false, false, ORDER_GT, test_date},
    {"AgeLess", OPERAND_WHOLE, REACH_ELEMENT, false, false, false, ORDER_LT, test_age},
    {"AgeLessOrEquals", OPERAND_WHOLE, REACH_ELEMENT, false, false, false, ORDER_LE, test_age},
    {"AgeGreater", OPERAND_WHOLE, REACH_ELEMENT, false, false, false, ORDER_GT, test_age},
    {"AgeGreaterOrEquals", OPERAND_WHOLE, REACH_ELEMENT, false, false, false, ORDER_GE, test_age},
    {"VersionEquals", OPERAND_VERSION, REACH_ELEMENT, false, false, false, ORDER_EQ, test_version},
    {"NotVersionEquals", OPERAND_VERSION, REACH_ELEMENT, true, true, false, ORDER_EQ, test_version},
    {"VersionLess", OPERAND_VERSION, REACH_ELEMENT, false, false, false, ORDER_LT, test_version},
    {"VersionLessOrEquals", OPERAND_VERSION, REACH_ELEMENT, false, false, false, ORDER_LE,
     test_version},
    {"VersionGreater", OPERAND_VERSION, REACH_ELEMENT, false, false, false, ORDER_GT, test_version},
    {"VersionGreaterOrEquals", OPERAND_VERSION, REACH_ELEMENT, false, false, false, ORDER_GE,
     test_version},
    {"CountEquals", OPERAND_WHOLE, REACH_COUNT, false, false, false, ORDER_EQ, NULL},
    {"NotCountEquals", OPERAND_WHOLE, REACH_COUNT, false, false, false, ORDER_LT | ORDER_GT, NULL},
    {"CountLess", OPERAND_WHOLE, REACH_COUNT, false, false, false, ORDER_LT, NULL},
    {"CountLessOrEquals", OPERAND_WHOLE, REACH_COUNT, false, false, false, ORDER_LE, NULL},
    {"CountGreater", OPERAND_WHOLE, REACH_COUNT, false, false, false, ORDER_GT, NULL},
    {"CountGreaterOrEquals", OPERAND_WHOLE, REACH_COUNT, false, false, false, ORDER_GE, NULL},
};

_Static_assert(ARRAY_LEN(OPERATORS_OWN) == OPERATORS_OWN_COUNT, "the header says how many");

bool operator_needs_instant(const struct condition_operator *op)
{
    return op->test == test_age;
}
