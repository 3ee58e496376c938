// SPDX-License-Identifier: MIT
//
// A value as the operators look at it: taken apart once, looked at by many. Thread: its owner's.
#pragma once

#include "eval/value.h"

#include <stdbool.h>
#include <stdint.h>

enum actual_integer { ACTUAL_NOT_READ, ACTUAL_IS_INTEGER, ACTUAL_NO_INTEGER };

// Borrows from the value and, of a tree, from itself, so it is not copied.
struct actual {
    struct value value;
    enum value_kind kind;
    // VALUE_TEXT: its bytes; VALUE_NUMBER: the number as it was written; VALUE_TRUE and
    // VALUE_FALSE: the word. Nothing of use for the others.
    struct value_string text;
    enum actual_integer integer_state;
    int64_t integer;
};

void actual_take(struct actual *actual, struct value value);

// A text, number or boolean as text (value_string), borrowed from both. False for null, an array
// and an object.
bool actual_string(const struct actual *actual, struct span *text_out);

// The number, or the text, when it is written as an integer of at most ACTUAL_INTEGER_CHARACTERS
// without anything else; most numbers are. False says nothing: it may be a number all the same.
enum { ACTUAL_INTEGER_CHARACTERS = 18 };
bool actual_read_integer(struct actual *actual);
// For both sides of a comparison.
bool actual_integer_of(struct span text, int64_t *integer_out);
