// SPDX-License-Identifier: MIT
//
// The kernel for x86-64 with AVX-512, compiled with its flags. Nothing here may run on a machine
// without it; keyed_digest.c asks first.
#include "keyed_digest_kernel.h"

#include <immintrin.h>

typedef __m512i wide;

static inline wide wide_load(const void *bytes)
{
    return _mm512_loadu_si512(bytes);
}

static inline wide wide_load_part(const void *bytes, size_t len)
{
    return _mm512_maskz_loadu_epi8((UINT64_C(1) << len) - 1, bytes);
}

static inline wide wide_add_words(wide a, wide b)
{
    return _mm512_add_epi32(a, b);
}

static inline wide wide_add(wide a, wide b)
{
    return _mm512_add_epi64(a, b);
}

static inline wide wide_products(wide words)
{
    return _mm512_mul_epu32(words, _mm512_srli_epi64(words, 32));
}

#include "keyed_digest_loop.h"

static bool is_usable(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}

const struct keyed_digest_kernel KEYED_DIGEST_KERNEL_AVX512 = {sum, is_usable};
