// SPDX-License-Identifier: MIT
//
// The kernel for any x86-64.
#include "keyed_digest_kernel.h"

#include <immintrin.h>
#include <string.h>

typedef __m128i wide;

static inline wide wide_load(const void *bytes)
{
    return _mm_loadu_si128(bytes);
}

static inline wide wide_load_part(const void *bytes, size_t len)
{
    wide part = _mm_setzero_si128();
    memcpy(&part, bytes, len);
    return part;
}

static inline wide wide_add_words(wide a, wide b)
{
    return _mm_add_epi32(a, b);
}

static inline wide wide_add(wide a, wide b)
{
    return _mm_add_epi64(a, b);
}

static inline wide wide_products(wide words)
{
    return _mm_mul_epu32(words, _mm_srli_epi64(words, 32));
}

#include "keyed_digest_loop.h"

static bool is_usable(void)
{
    return true;
}

const struct keyed_digest_kernel KEYED_DIGEST_KERNEL_SSE2 = {sum, is_usable};
