// SPDX-License-Identifier: MIT
//
// Decimal numbers as text, compared exactly: 9007199254740993 is not 9007199254740992, 1.10 is 1.1,
// and 1e2 is 100. Nothing is converted to a double on the way. Pure. Thread: any.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A number taken apart; borrows the text it was read from. Its value is
// 0.d1d2d3… * 10^magnitude, where d1 is the first digit that is not 0.
struct decimal {
    bool is_negative;
    bool is_zero;
    const char *integer; // digits before the point, without leading zeros
    size_t integer_len;
    const char *fraction; // digits behind it
    size_t fraction_len;
    int64_t magnitude;
};

enum { DECIMAL_EXPONENT_MAX = 999999999 };

// Reads a number in the form that JSON has (RFC 8259, section 6); blanks around it are skipped.
// False when the text is no such number or its exponent lies beyond ±DECIMAL_EXPONENT_MAX.
bool decimal_parse(const char *text, size_t len, struct decimal *decimal_out);

// -1, 0, 1 like strcmp.
int decimal_compare(const struct decimal *a, const struct decimal *b);

// The number as an integer. False when it has a fraction, or 64 bits do not hold it.
bool decimal_to_integer(const struct decimal *decimal, int64_t *integer_out);

enum { DECIMAL_TEXT_BYTES = 32 };
size_t decimal_text_of_integer(json_int_t value, char out[DECIMAL_TEXT_BYTES]);
