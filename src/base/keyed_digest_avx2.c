// SPDX-License-Identifier: MIT
//
// The kernel for x86-64 with AVX2, compiled with its flags. Nothing here may run on a machine
// without it; keyed_digest.c asks first.
#include "keyed_digest_kernel.h"

#include <immintrin.h>
#include <string.h>

typedef __m256i wide;

static inline wide wide_load(const void *bytes)
{
    return _mm256_loadu_si256(bytes);
}

static inline wide wide_load_part(const void *bytes, size_t len)
{
    wide part = _mm256_setzero_si256();
    memcpy(&part, bytes, len);
    return part;
}

static inline wide wide_add_words(wide a, wide b)
{
    return _mm256_add_epi32(a, b);
}

static inline wide wide_add(wide a, wide b)
{
    return _mm256_add_epi64(a, b);
}

static inline wide wide_products(wide words)
{
    return _mm256_mul_epu32(words, _mm256_srli_epi64(words, 32));
}

#include "keyed_digest_loop.h"

static bool is_usable(void)
{
    return __builtin_cpu_supports("avx2");
}

const struct keyed_digest_kernel KEYED_DIGEST_KERNEL_AVX2 = {sum, is_usable};
