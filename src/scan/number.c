// SPDX-License-Identifier: MIT
#include "number.h"

#include "base/digits.h"
#include "scan/scanner.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text, size_t len)
{
    size_t count = 0;
    while (count < len && is_digit(text[count])) {
        count++;
    }
    return count;
}

static bool check_exponent(const char *text, size_t len)
{
    size_t at = len > 1 && (text[1] == '+' || text[1] == '-') ? 2 : 1;
    size_t digits = count_digits(text + at, len - at);
    return (text[0] | 0x20) == 'e' && digits > 0 && digits <= SCAN_EXPONENT_DIGITS &&
           at + digits == len;
}

// Most numbers: up to eight digits and nothing else.
static bool is_short_integer(const char *text, size_t len)
{
    return len > 0 && len <= DIGITS_MAX && digits_are(digits_load(text, len)) &&
           (text[0] != '0' || len == 1);
}

bool number_check(const char *text, size_t len)
{
    if (is_short_integer(text, len)) {
        return true;
    }
    size_t at = len > 0 && text[0] == '-' ? 1 : 0;
    size_t digits = count_digits(text + at, len - at);
    if (digits == 0 || (digits > 1 && text[at] == '0')) {
        return false;
    }
    at += digits;
    if (at < len && text[at] == '.') {
        digits = count_digits(text + at + 1, len - at - 1);
        if (digits == 0) {
            return false;
        }
        at += 1 + digits;
    }
    return at == len || check_exponent(text + at, len - at);
}
