// SPDX-License-Identifier: MIT
//
// Short byte strings as words of eight bytes, without branches on their length, which takes turns
// and cannot be foreseen. WORD_BYTES behind each are readable. Pure. Thread: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WORD_BYTES = 8 };

static inline uint64_t word_load(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

// The first and the last eight bytes, which overlap in a short string; of one that is shorter than
// eight, both are all of it, and nothing of what is behind it.
struct word_ends {
    uint64_t first;
    uint64_t last;
};

// Keeps the first `len` bytes, of at most WORD_BYTES.
static inline uint64_t word_keep(uint64_t word, size_t len)
{
    static const uint64_t MASKS[WORD_BYTES + 1] = {
        0,
        UINT64_C(0xff),
        UINT64_C(0xffff),
        UINT64_C(0xffffff),
        UINT64_C(0xffffffff),
        UINT64_C(0xffffffffff),
        UINT64_C(0xffffffffffff),
        UINT64_C(0xffffffffffffff),
        UINT64_MAX,
    };
    return word & MASKS[len];
}

static inline struct word_ends word_ends(const char *bytes, size_t len)
{
    size_t kept = len < WORD_BYTES ? len : WORD_BYTES;
    size_t last = len - kept;
    return (struct word_ends){word_keep(word_load(bytes), kept),
                              word_keep(word_load(bytes + last), kept)};
}

static inline bool words_equal(const char *a, const char *b, size_t len)
{
    struct word_ends left = word_ends(a, len);
    struct word_ends right = word_ends(b, len);
    uint64_t differences = (left.first ^ right.first) | (left.last ^ right.last);
    for (size_t i = WORD_BYTES; i + WORD_BYTES < len; i += WORD_BYTES) {
        differences |= word_load(a + i) ^ word_load(b + i);
    }
    return differences == 0;
}
