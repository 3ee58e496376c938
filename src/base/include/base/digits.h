// SPDX-License-Identifier: MIT
//
// Decimal digits: up to eight of a text at once, as one word, and those of a number without a
// format string. Pure. Thread: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS_MAX = 8 };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first character is the lowest byte");

// 1 to DIGITS_MAX characters, with zeros before them. DIGITS_MAX bytes are readable.
static inline uint64_t digits_load(const char *characters, size_t len)
{
    static const uint64_t ZEROS = UINT64_C(0x3030303030303030);
    uint64_t word;
    memcpy(&word, characters, sizeof(word));
    unsigned shift = (unsigned)(8 * (DIGITS_MAX - len));
    return word << shift | (shift == 0 ? 0 : ZEROS >> (64 - shift));
}

// Whether all of them are digits: adding 6 to a digit's low half does not carry into its high half,
// and that is 3 in each.
static inline bool digits_are(uint64_t word)
{
    static const uint64_t HIGH_HALVES = UINT64_C(0xf0f0f0f0f0f0f0f0);
    static const uint64_t THREES = UINT64_C(0x3030303030303030);
    static const uint64_t SIXES = UINT64_C(0x0606060606060606);
    return ((word & HIGH_HALVES) ^ THREES) == 0 && (((word + SIXES) & HIGH_HALVES) ^ THREES) == 0;
}

// The number that they are: pairs of digits become numbers below 100, pairs of these numbers below
// 10,000, and the last pair is it.
static inline uint64_t digits_value(uint64_t word)
{
    word -= UINT64_C(0x3030303030303030);
    word = (word * 10 + (word >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    word = (word * 100 + (word >> 16)) & UINT64_C(0x0000ffff0000ffff);
    return (word * 10000 + (word >> 32)) & UINT64_C(0xffffffff);
}

enum { DIGITS_WRITTEN_MAX = 20 }; // of a number of 64 bits

// Writes a number without leading zeros and without a NUL; returns how many digits it has.
static inline size_t digits_write(uint64_t number, char out[DIGITS_WRITTEN_MAX])
{
    char digits[DIGITS_WRITTEN_MAX];
    size_t first = DIGITS_WRITTEN_MAX;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy(out, digits + first, DIGITS_WRITTEN_MAX - first);
    return DIGITS_WRITTEN_MAX - first;
}
