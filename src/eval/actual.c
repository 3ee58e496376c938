// SPDX-License-Identifier: MIT
#include "actual.h"

#include "base/digits.h"
#include "scan/tape.h"
#include "value_kind.h"

static void take_of_tree(struct actual *actual, struct value value)
{
    actual->kind = value_kind(value);
    switch (actual->kind) {
    case VALUE_TEXT:
        actual->text.span = value_text(value);
        return;
    case VALUE_NUMBER:
        value_digits(value, &actual->text);
        return;
    case VALUE_TRUE:
        actual->text.span = span_of("true");
        return;
    case VALUE_FALSE:
        actual->text.span = span_of("false");
        return;
    case VALUE_NULL:
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        break;
    }
    actual->text.span = span_of("");
}

// What a tape says of a value is its text, too: decoded if it is one, else as it stands.
void actual_take(struct actual *actual, struct value value)
{
    actual->value = value;
    actual->integer_state = ACTUAL_NOT_READ;
    if (value.tape == NULL) {
        take_of_tree(actual, value);
        return;
    }
    actual->kind = value_kind_of_tape(tape_kind(value.tape, value.node));
    actual->text.span = tape_text(value.tape, value.node);
}

bool actual_string(const struct actual *actual, struct span *text_out)
{
    switch (actual->kind) {
    case VALUE_TEXT:
    case VALUE_NUMBER:
    case VALUE_TRUE:
    case VALUE_FALSE:
        *text_out = actual->text.span;
        return true;
    case VALUE_NULL:
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        break;
    }
    return false;
}

static bool read_digits(const char *digits, size_t len, int64_t *integer_out)
{
    int64_t integer = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(unsigned char)digits[i] - '0';
        if (digit > 9) {
            return false;
        }
        integer = integer * 10 + (int64_t)digit;
    }
    *integer_out = integer;
    return true;
}

bool actual_integer_of(struct span text, int64_t *integer_out)
{
    bool is_negative = text.len > 0 && text.bytes[0] == '-';
    const char *digits = text.bytes + (is_negative ? 1 : 0);
    size_t len = text.len - (is_negative ? 1 : 0);
    bool has_leading_zero = len > 1 && digits[0] == '0';
    int64_t integer;
    if (len == 0 || text.len > ACTUAL_INTEGER_CHARACTERS || has_leading_zero ||
        !read_digits(digits, len, &integer)) {
        return false;
    }
    *integer_out = is_negative ? -integer : integer;
    return true;
}

// Of a number on a tape, which has no leading zeros; more is readable behind it.
static bool read_short(struct span text, int64_t *integer_out)
{
    if (text.len > DIGITS_MAX) {
        return false;
    }
    uint64_t word = digits_load(text.bytes, text.len);
    *integer_out = (int64_t)digits_value(word);
    return digits_are(word);
}

static bool read_integer(struct actual *actual)
{
    if (actual->kind == VALUE_NUMBER && actual->value.tape != NULL &&
        read_short(actual->text.span, &actual->integer)) {
        return true;
    }
    bool may_be = actual->kind == VALUE_NUMBER || actual->kind == VALUE_TEXT;
    return may_be && actual_integer_of(actual->text.span, &actual->integer);
}

bool actual_read_integer(struct actual *actual)
{
    if (actual->integer_state == ACTUAL_NOT_READ) {
        actual->integer_state = read_integer(actual) ? ACTUAL_IS_INTEGER : ACTUAL_NO_INTEGER;
    }
    return actual->integer_state == ACTUAL_IS_INTEGER;
}
