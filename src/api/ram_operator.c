// SPDX-License-Identifier: MIT
#include "ram_operator.h"

#include "base/check.h"
#include "base/pattern.h"
#include "base/text.h"

#include <string.h>

// name, type, relation, negated
#define OPERATORS(X)                                                                               \
    X(StringEquals, TEXT, EQUAL, false)                                                            \
    X(StringNotEquals, TEXT, EQUAL, true)                                                          \
    X(StringEqualsIgnoreCase, TEXT_NO_CASE, EQUAL, false)                                          \
    X(StringNotEqualsIgnoreCase, TEXT_NO_CASE, EQUAL, true)                                        \
    X(StringLike, PATTERN, EQUAL, false)                                                           \
    X(StringNotLike, PATTERN, EQUAL, true)                                                         \
    X(NumericEquals, NUMBER, EQUAL, false)                                                         \
    X(NumericNotEquals, NUMBER, EQUAL, true)                                                       \
    X(NumericLessThan, NUMBER, LESS, false)                                                        \
    X(NumericLessThanEquals, NUMBER, LESS_OR_EQUAL, false)                                         \
    X(NumericGreaterThan, NUMBER, GREATER, false)                                                  \
    X(NumericGreaterThanEquals, NUMBER, GREATER_OR_EQUAL, false)                                   \
    X(DateEquals, DATE, EQUAL, false)                                                              \
    X(DateNotEquals, DATE, EQUAL, true)                                                            \
    X(DateLessThan, DATE, LESS, false)                                                             \
    X(DateLessThanEquals, DATE, LESS_OR_EQUAL, false)                                              \
    X(DateGreaterThan, DATE, GREATER, false)                                                       \
    X(DateGreaterThanEquals, DATE, GREATER_OR_EQUAL, false)                                        \
    X(Bool, BOOL, EQUAL, false)                                                                    \
    X(IpAddress, ADDRESS, EQUAL, false)                                                            \
    X(NotIpAddress, ADDRESS, EQUAL, true)

const char *const RAM_OPERATOR_NAMES[] = {
#define X(name, type, relation, is_negated) #name,
    OPERATORS(X)
#undef X
};
const size_t RAM_OPERATOR_COUNT = ARRAY_LEN(RAM_OPERATOR_NAMES);

const struct ram_operator *ram_operator_at(size_t index)
{
    static const struct ram_operator ROWS[] = {
#define X(name, type, relation, is_negated) {RAM_TYPE_##type, RAM_##relation, is_negated},
        OPERATORS(X)
#undef X
    };
    REQUIRE(index < ARRAY_LEN(ROWS));
    return &ROWS[index];
}

bool ram_operator_fits(const struct ram_operator *operator_, enum ram_key key)
{
    switch (operator_->type) {
    case RAM_TYPE_TEXT:
    case RAM_TYPE_TEXT_NO_CASE:
    case RAM_TYPE_PATTERN:
        return true;
    case RAM_TYPE_NUMBER:
    case RAM_TYPE_DATE:
        return key == RAM_KEY_CURRENT_TIME;
    case RAM_TYPE_BOOL:
        return key == RAM_KEY_SECURE_TRANSPORT || key == RAM_KEY_MFA_PRESENT;
    case RAM_TYPE_ADDRESS:
        return key == RAM_KEY_SOURCE_IP;
    }
    return false;
}

static bool is_related(enum ram_relation relation, int64_t left, int64_t right)
{
    switch (relation) {
    case RAM_EQUAL:
        return left == right;
    case RAM_LESS:
        return left < right;
    case RAM_LESS_OR_EQUAL:
        return left <= right;
    case RAM_GREATER:
        return left > right;
    case RAM_GREATER_OR_EQUAL:
        return left >= right;
    }
    return false;
}

static bool fits(const struct ram_condition *condition, const struct ram_value *value,
                 const struct ram_facts *facts)
{
    const char *text = facts->texts[condition->key];
    switch (condition->operator_->type) {
    case RAM_TYPE_TEXT:
        return strcmp(text, value->text) == 0;
    case RAM_TYPE_TEXT_NO_CASE:
        return text_equals_ignore_case(text, value->text);
    case RAM_TYPE_PATTERN:
        return pattern_matches(value->text, span_of(text));
    case RAM_TYPE_NUMBER:
    case RAM_TYPE_DATE:
    case RAM_TYPE_BOOL:
        return is_related(condition->operator_->relation, facts->numbers[condition->key],
                          value->number);
    case RAM_TYPE_ADDRESS:
        return ram_address_is_in(&facts->source, &value->address);
    }
    return false;
}

bool ram_operator_is_met(const struct ram_condition *condition, const struct ram_facts *facts)
{
    bool any_fits = false;
    for (size_t i = 0; facts->texts[condition->key] != NULL && i < condition->count; i++) {
        any_fits = any_fits || fits(condition, &condition->values[i], facts);
    }
    return any_fits != condition->operator_->is_negated;
}
