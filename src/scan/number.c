// SPDX-License-Identifier: MIT
#include "number.h"

#include "scan/scanner.h"

#include <stdint.h>
#include <string.h>

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

// Eight bytes at once: adding 6 to a digit's low half does not carry into its high half, and that
// is 3 in all of them.
static bool are_digits(uint64_t bytes)
{
    static const uint64_t HIGH_HALVES = UINT64_C(0xf0f0f0f0f0f0f0f0);
    static const uint64_t THREES = UINT64_C(0x3030303030303030);
    static const uint64_t SIXES = UINT64_C(0x0606060606060606);
    return ((bytes & HIGH_HALVES) ^ THREES) == 0 && (((bytes + SIXES) & HIGH_HALVES) ^ THREES) == 0;
}

// Most numbers: up to eight digits and nothing else. The bytes behind them are shifted out, and
// zeros come in their place.
static bool is_short_integer(const char *text, size_t len)
{
    static const uint64_t ZEROS = UINT64_C(0x3030303030303030);
    uint64_t bytes;
    if (len == 0 || len > sizeof(bytes)) {
        return false;
    }
    memcpy(&bytes, text, sizeof(bytes));
    unsigned shift = (unsigned)(8 * (sizeof(bytes) - len));
    bytes = bytes << shift | (shift == 0 ? 0 : ZEROS >> (64 - shift));
    return are_digits(bytes) && (text[0] != '0' || len == 1);
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
