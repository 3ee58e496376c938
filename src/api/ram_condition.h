// SPDX-License-Identifier: MIT
//
// The conditions of a statement: an operator, a key of the request, and the values of which one has
// to fit, or none for a Not… operator. Pure. Thread: any; immutable once read.
#pragma once

#include "base/text.h"
#include "domain/json_read.h"
#include "ram_address.h"
#include "ram_policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// key, name, operators that fit it
#define RAM_KEYS(X)                                                                                \
    X(CURRENT_TIME, "acs:CurrentTime", "the String, Numeric and Date operators are")               \
    X(SECURE_TRANSPORT, "acs:SecureTransport", "the String operators and \"Bool\" are")            \
    X(SOURCE_IP, "acs:SourceIp", "the String operators, \"IpAddress\" and \"NotIpAddress\" are")   \
    X(MFA_PRESENT, "acs:MFAPresent", "the String operators and \"Bool\" are")

enum ram_key {
#define X(key, name, right) RAM_KEY_##key,
    RAM_KEYS(X)
#undef X
        RAM_KEY_COUNT
};

struct ram_operator;

struct ram_value {
    char *text;     // of the String operators
    int64_t number; // seconds, or true as 1
    struct ram_address address;
};

struct ram_condition {
    const struct ram_operator *operator_;
    enum ram_key key;
    struct ram_value *values;
    size_t count;
};

struct ram_conditions {
    struct ram_condition *items; // all have to be met
    size_t count;
    size_t capacity;
};

// Reads the member "Condition", an object. After an error, which `source` has, what was read so far
// is in `conditions`, to be deinited as ever.
void ram_conditions_read(struct json_source *source, const struct json_node *node,
                         struct ram_conditions *conditions);
void ram_conditions_deinit(struct ram_conditions *conditions);

// What a request has of the keys, in the forms that operators compare.
struct ram_facts {
    const char *texts[RAM_KEY_COUNT]; // NULL: the request has not the key
    int64_t numbers[RAM_KEY_COUNT];
    struct ram_address source;
    char time_text[TEXT_TIME_BYTES];
    char source_text[RAM_ADDRESS_TEXT_BYTES];
};
// `facts` must not be moved: it points into itself.
void ram_facts_init(struct ram_facts *facts, const struct ram_request *request);

bool ram_conditions_are_met(const struct ram_conditions *conditions, const struct ram_facts *facts);
