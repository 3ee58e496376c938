// SPDX-License-Identifier: MIT
#include "number_text.h"

#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Every integer of so many digits has 64 bits, every decimal of so many digits survives a double.
enum { SAFE_INTEGER_CHARACTERS = 18, SAFE_REAL_CHARACTERS = 15 };

_Static_assert((int)VALUE_NUMBER_BYTES == (int)DECIMAL_TEXT_BYTES, "a decimal fits");

static bool has_any_of(struct span digits, const char *characters)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (strchr(characters, digits.bytes[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static double nearest_double(struct span digits)
{
    char *copy = mem_text_n(digits.bytes, digits.len);
    double nearest = strtod(copy, NULL);
    mem_free(&copy);
    return nearest;
}

// Whether the double nearest to the number, as decimal text, is another number.
static bool loses_digits(struct span digits, const struct decimal *number)
{
    double nearest = nearest_double(digits);
    if (!isfinite(nearest)) {
        return true;
    }
    char text[DECIMAL_TEXT_BYTES];
    size_t len = decimal_text_of_real(nearest, text);
    struct decimal kept;
    return !decimal_parse(text, len, &kept) || decimal_compare(number, &kept) != 0;
}

bool number_is_wide(struct span digits)
{
    bool has_exponent = has_any_of(digits, "eE");
    bool is_integer = !has_exponent && !has_any_of(digits, ".");
    if (digits.len <= SAFE_REAL_CHARACTERS && !has_exponent) {
        return false;
    }
    if (is_integer && digits.len <= SAFE_INTEGER_CHARACTERS) {
        return false;
    }
    struct decimal number;
    if (!decimal_parse(digits.bytes, digits.len, &number)) {
        return false; // no number; the parser says so
    }
    int64_t integer;
    return is_integer ? !text_to_int64(digits.bytes, digits.len, &integer)
                      : loses_digits(digits, &number);
}

void number_text_of_integer(json_int_t integer, struct value_string *text_out)
{
    text_out->span.len = decimal_text_of_integer(integer, text_out->storage);
    text_out->span.bytes = text_out->storage;
}

void number_text_of_real(double real, struct value_string *text_out)
{
    text_out->span.len = decimal_text_of_real(real, text_out->storage);
    text_out->span.bytes = text_out->storage;
}

void number_text(struct span digits, struct value_string *text_out)
{
    text_out->span = digits;
    if (has_any_of(digits, ".eE")) {
        if (!number_is_wide(digits)) {
            number_text_of_real(nearest_double(digits), text_out);
        }
    } else if (span_equals_text(digits, "-0")) {
        text_out->span = span_of("0");
    }
}
