// SPDX-License-Identifier: MIT
//
// The kernel for x86-64 with AVX-512 up to VBMI2 (Ice Lake, Zen 4 and later), compiled with their
// flags. Nothing here may run on a machine without them; index.c asks first.
#include "block_masks.h"
#include "index.h"

#include <immintrin.h>

// The tables of index_avx2.c, and what is said of them there.
static inline __m512i blank_table(void)
{
    return _mm512_broadcast_i32x4(
        _mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0));
}

static inline __m512i mark_table(void)
{
    return _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0));
}

static inline struct block_masks block_look(const char *bytes)
{
    __m512i block = _mm512_loadu_si512((const void *)bytes);
    __m512i folded = _mm512_or_si512(block, _mm512_set1_epi8(0x20));
    return (struct block_masks){
        .quote = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"')),
        .backslash = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\\')),
        .mark = _mm512_cmpeq_epi8_mask(folded, _mm512_shuffle_epi8(mark_table(), block)),
        .blank = _mm512_cmpeq_epi8_mask(block, _mm512_shuffle_epi8(blank_table(), block)),
        .control = _mm512_cmplt_epu8_mask(block, _mm512_set1_epi8(0x20)),
        .high = _mm512_movepi8_mask(block),
    };
}

// As in index_avx2.c.
static inline uint64_t block_parity(uint64_t bits)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

static inline __m512i widen(__m128i numbers, uint32_t base)
{
    return _mm512_add_epi32(_mm512_cvtepu8_epi32(numbers), _mm512_set1_epi32((int32_t)base));
}

// The numbers 0 to 63 whose bits are set are pushed together at once. Few blocks have more than 32.
static inline uint32_t *block_write(uint32_t *out, uint64_t bits, uint32_t base)
{
    const __m512i all = _mm512_set_epi64(0x3f3e3d3c3b3a3938, 0x3736353433323130, 0x2f2e2d2c2b2a2928,
                                         0x2726252423222120, 0x1f1e1d1c1b1a1918, 0x1716151413121110,
                                         0x0f0e0d0c0b0a0908, 0x0706050403020100);
    __m512i numbers = _mm512_maskz_compress_epi8(bits, all);
    int count = __builtin_popcountll(bits);
    _mm512_storeu_si512(out, widen(_mm512_castsi512_si128(numbers), base));
    _mm512_storeu_si512(out + 16, widen(_mm512_extracti32x4_epi32(numbers, 1), base));
    if (count > 32) {
        _mm512_storeu_si512(out + 32, widen(_mm512_extracti32x4_epi32(numbers, 2), base));
        _mm512_storeu_si512(out + 48, widen(_mm512_extracti32x4_epi32(numbers, 3), base));
    }
    return out + count;
}

#include "index_loop.h"

static bool run(const char *bytes, size_t len, struct scan_index *index)
{
    return index_loop(bytes, len, index);
}

static bool is_usable(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi");
}

const struct scan_kernel SCAN_KERNEL_AVX512 = {"avx512", run, is_usable};
