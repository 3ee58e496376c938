// SPDX-License-Identifier: MIT
#include "decimal.h"

#include <stdio.h>
#include <string.h>

// A place in a text that is being read.
struct cursor {
    const char *at;
    const char *end;
};

static bool is_at(const struct cursor *cursor, char c)
{
    return cursor->at < cursor->end && *cursor->at == c;
}

static bool is_at_digit(const struct cursor *cursor)
{
    return cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t take_digits(struct cursor *cursor, const char **first_out)
{
    *first_out = cursor->at;
    while (is_at_digit(cursor)) {
        cursor->at++;
    }
    return (size_t)(cursor->at - *first_out);
}

static bool take_exponent(struct cursor *cursor, int64_t *exponent_out)
{
    *exponent_out = 0;
    if (!is_at(cursor, 'e') && !is_at(cursor, 'E')) {
        return true;
    }
    cursor->at++;
    bool is_negative = is_at(cursor, '-');
    if (is_negative || is_at(cursor, '+')) {
        cursor->at++;
    }
    if (!is_at_digit(cursor)) {
        return false;
    }
    int64_t exponent = 0;
    for (; is_at_digit(cursor); cursor->at++) {
        exponent = exponent * 10 + (*cursor->at - '0');
        if (exponent > DECIMAL_EXPONENT_MAX) {
            return false;
        }
    }
    *exponent_out = is_negative ? -exponent : exponent;
    return true;
}

static bool take_number(struct cursor *cursor, struct decimal *decimal, int64_t *exponent_out)
{
    decimal->is_negative = is_at(cursor, '-');
    if (decimal->is_negative) {
        cursor->at++;
    }
    decimal->integer_len = take_digits(cursor, &decimal->integer);
    if (decimal->integer_len == 0 || (decimal->integer_len > 1 && decimal->integer[0] == '0')) {
        return false;
    }
    if (is_at(cursor, '.')) {
        cursor->at++;
        decimal->fraction_len = take_digits(cursor, &decimal->fraction);
        if (decimal->fraction_len == 0) {
            return false;
        }
    }
    return take_exponent(cursor, exponent_out) && cursor->at == cursor->end;
}

// Drops the zeros that do not count, and finds the magnitude of the first digit that does.
static void normalise(struct decimal *decimal, int64_t exponent)
{
    if (decimal->integer[0] == '0') {
        decimal->integer_len = 0;
    }
    while (decimal->fraction_len > 0 && decimal->fraction[decimal->fraction_len - 1] == '0') {
        decimal->fraction_len--;
    }
    decimal->magnitude = (int64_t)decimal->integer_len + exponent;
    while (decimal->integer_len == 0 && decimal->fraction_len > 0 && decimal->fraction[0] == '0') {
        decimal->fraction++;
        decimal->fraction_len--;
        decimal->magnitude--;
    }
    decimal->is_zero = decimal->integer_len == 0 && decimal->fraction_len == 0;
}

bool decimal_parse(const char *text, size_t len, struct decimal *decimal_out)
{
    struct cursor cursor = {text, text + len};
    while (cursor.at < cursor.end && is_blank(*cursor.at)) {
        cursor.at++;
    }
    while (cursor.at < cursor.end && is_blank(cursor.end[-1])) {
        cursor.end--;
    }
    struct decimal decimal = {0};
    int64_t exponent;
    if (!take_number(&cursor, &decimal, &exponent)) {
        return false;
    }
    normalise(&decimal, exponent);
    *decimal_out = decimal;
    return true;
}

// The digit at a place, counted from the first that is not 0; '0' behind the last.
static char digit_at(const struct decimal *decimal, size_t place)
{
    if (place < decimal->integer_len) {
        return decimal->integer[place];
    }
    place -= decimal->integer_len;
    return place < decimal->fraction_len ? decimal->fraction[place] : '0';
}

static int compare_magnitudes(const struct decimal *a, const struct decimal *b)
{
    if (a->is_zero || b->is_zero) {
        return (int)b->is_zero - (int)a->is_zero;
    }
    if (a->magnitude != b->magnitude) {
        return a->magnitude < b->magnitude ? -1 : 1;
    }
    size_t a_len = a->integer_len + a->fraction_len;
    size_t b_len = b->integer_len + b->fraction_len;
    size_t len = a_len > b_len ? a_len : b_len;
    for (size_t i = 0; i < len; i++) {
        int difference = digit_at(a, i) - digit_at(b, i);
        if (difference != 0) {
            return difference < 0 ? -1 : 1;
        }
    }
    return 0;
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    // Minus nought is nought.
    bool a_is_negative = a->is_negative && !a->is_zero;
    bool b_is_negative = b->is_negative && !b->is_zero;
    if (a_is_negative != b_is_negative) {
        return a_is_negative ? -1 : 1;
    }
    int order = compare_magnitudes(a, b);
    return a_is_negative ? -order : order;
}

bool decimal_to_integer(const struct decimal *decimal, int64_t *integer_out)
{
    int64_t len = (int64_t)(decimal->integer_len + decimal->fraction_len);
    int64_t integer = 0;
    for (int64_t i = 0; !decimal->is_zero && (i < len || i < decimal->magnitude); i++) {
        int digit = digit_at(decimal, (size_t)i) - '0';
        if (i >= decimal->magnitude) {
            if (digit != 0) {
                return false;
            }
        } else if (__builtin_mul_overflow(integer, 10, &integer) ||
                   __builtin_sub_overflow(integer, digit, &integer)) {
            return false;
        }
    }
    // Counted downwards, because the negative range is the larger one.
    if (!decimal->is_negative && __builtin_sub_overflow((int64_t)0, integer, &integer)) {
        return false;
    }
    *integer_out = integer;
    return true;
}

size_t decimal_text_of_integer(json_int_t value, char out[DECIMAL_TEXT_BYTES])
{
    return (size_t)snprintf(out, DECIMAL_TEXT_BYTES, "%" JSON_INTEGER_FORMAT, value);
}
