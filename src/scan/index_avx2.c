// SPDX-License-Identifier: MIT
//
// The kernel for x86-64 with AVX2 and carry-less multiplication, compiled with their flags. Nothing
// here may run on a machine without them; index.c asks first.
#include "block_masks.h"
#include "index.h"
#include "position_table.h"

#include <immintrin.h>

// A character is looked up by the low half of its byte: where the table holds the character itself,
// or what it becomes with 0x20 set ({ and [ differ in that bit only, } and ] as well), it is meant.
// A byte of 0x80 and above looks up 0 and equals nothing in the table. With 0x20 set, 0x0c and 0x1a
// look like a comma and a colon; the scanner sees that they are none.
static inline __m256i blank_table(void)
{
    const __m128i half = _mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0);
    return _mm256_broadcastsi128_si256(half);
}

static inline __m256i mark_table(void)
{
    const __m128i half = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
    return _mm256_broadcastsi128_si256(half);
}

static inline uint64_t join(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

static inline __m256i is_blank(__m256i bytes)
{
    return _mm256_cmpeq_epi8(bytes, _mm256_shuffle_epi8(blank_table(), bytes));
}

static inline __m256i is_mark(__m256i bytes)
{
    return _mm256_cmpeq_epi8(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)),
                             _mm256_shuffle_epi8(mark_table(), bytes));
}

static inline __m256i is_control(__m256i bytes)
{
    return _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
}

static inline struct block_masks block_look(const char *bytes)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));
    const __m256i quote = _mm256_set1_epi8('"');
    const __m256i backslash = _mm256_set1_epi8('\\');
    return (struct block_masks){
        .quote = join(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote)),
        .backslash = join(_mm256_cmpeq_epi8(low, backslash), _mm256_cmpeq_epi8(high, backslash)),
        .mark = join(is_mark(low), is_mark(high)),
        .blank = join(is_blank(low), is_blank(high)),
        .control = join(is_control(low), is_control(high)),
        .high = join(low, high),
    };
}

// Multiplying by all ones, without carries, sums each bit over all that lie below it.
static inline uint64_t block_parity(uint64_t bits)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

static inline uint32_t *block_write(uint32_t *out, uint64_t bits, uint32_t base)
{
    for (unsigned i = 0; i < 8; i++) {
        unsigned byte = bits >> (8 * i) & 0xff;
        __m128i numbers = _mm_loadl_epi64((const __m128i *)(const void *)&POSITION_TABLE[byte]);
        __m256i positions = _mm256_add_epi32(_mm256_cvtepu8_epi32(numbers),
                                             _mm256_set1_epi32((int32_t)(base + 8 * i)));
        _mm256_storeu_si256((__m256i *)(void *)out, positions);
        out += POSITION_COUNTS[byte];
    }
    return out;
}

#include "index_loop.h"

static bool run(const char *bytes, size_t len, struct scan_index *index)
{
    return index_loop(bytes, len, index);
}

static bool is_usable(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi");
}

const struct scan_kernel SCAN_KERNEL_AVX2 = {"avx2", run, is_usable};
