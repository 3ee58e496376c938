// SPDX-License-Identifier: MIT
//
// The loop that the kernels with vectors share. A kernel includes this after it has defined
//
//   wide                                         a vector of 32-bit words, or of half as many of 64
//   wide wide_load(const void *bytes)            from any place
//   wide wide_load_part(const void *bytes, size_t len)
//                                                of fewer bytes than a vector has, then zeros
//   wide wide_add_words(wide a, wide b)          by 32 bits
//   wide wide_add(wide a, wide b)                by 64 bits
//   wide wide_products(wide words)               of each pair of neighbours, 64 bits each
//
// and gives its file the compiler flags that it needs. What it gets is `sum`, for its struct.
#pragma once

#include "keyed_digest_kernel.h"

#include <string.h>

static inline uint64_t total_of(wide sums)
{
    uint64_t parts[sizeof(wide) / sizeof(uint64_t)];
    uint64_t total = 0;
    memcpy(parts, &sums, sizeof(parts));
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        total += parts[i];
    }
    return total;
}

static inline void add_vector(const char *keys, wide words, wide totals[KEYED_DIGEST_SUMS])
{
    for (size_t p = 0; p < KEYED_DIGEST_SUMS; p++) {
        const wide with_key = wide_add_words(words, wide_load(keys + p * 8));
        totals[p] = wide_add(totals[p], wide_products(with_key));
    }
}

// The last stripe, of which some is there.
static inline void add_last_stripe(const char *keys, const char *bytes, size_t len,
                                   wide totals[KEYED_DIGEST_SUMS])
{
    for (size_t at = 0; at < KEYED_DIGEST_STRIPE_BYTES; at += sizeof(wide)) {
        const size_t left = at < len ? len - at : 0;
        const wide words =
            left >= sizeof(wide) ? wide_load(bytes + at) : wide_load_part(bytes + at, left);
        add_vector(keys + at, words, totals);
    }
}

static void sum(const uint32_t *key, const char *bytes, size_t len,
                uint64_t sums[KEYED_DIGEST_SUMS])
{
    static const wide NOTHING;
    wide totals[KEYED_DIGEST_SUMS] = {NOTHING, NOTHING, NOTHING, NOTHING};
    const char *keys = (const char *)key;
    const size_t whole = len - len % KEYED_DIGEST_STRIPE_BYTES;
    for (size_t at = 0; at < whole; at += sizeof(wide)) {
        add_vector(keys + at, wide_load(bytes + at), totals);
    }
    if (whole < len) {
        add_last_stripe(keys + whole, bytes + whole, len - whole, totals);
    }
    for (size_t p = 0; p < KEYED_DIGEST_SUMS; p++) {
        sums[p] = total_of(totals[p]);
    }
}
