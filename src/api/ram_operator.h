// SPDX-License-Identifier: MIT
//
// The operators of conditions. Pure. Thread: any.
#pragma once

#include "ram_condition.h"

#include <stdbool.h>
#include <stddef.h>

enum ram_type {
    RAM_TYPE_TEXT,
    RAM_TYPE_TEXT_NO_CASE, // ASCII letters
    RAM_TYPE_PATTERN,
    RAM_TYPE_NUMBER,
    RAM_TYPE_DATE,
    RAM_TYPE_BOOL,
    RAM_TYPE_ADDRESS,
};

enum ram_relation {
    RAM_EQUAL,
    RAM_LESS,
    RAM_LESS_OR_EQUAL,
    RAM_GREATER,
    RAM_GREATER_OR_EQUAL,
};

struct ram_operator {
    enum ram_type type;
    enum ram_relation relation;
    bool is_negated; // no value may fit
};

// Names in a fixed order, and the operator at the same index.
extern const char *const RAM_OPERATOR_NAMES[];
extern const size_t RAM_OPERATOR_COUNT;
const struct ram_operator *ram_operator_at(size_t index);

bool ram_operator_fits(const struct ram_operator *operator_, enum ram_key key);

// Whether one of the condition's values fits what the request has, or, negated, none does.
bool ram_operator_is_met(const struct ram_condition *condition, const struct ram_facts *facts);
