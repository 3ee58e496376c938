// SPDX-License-Identifier: MIT
//
// The kernel for any x86-64: SSE2 is part of it.
#include "block_masks.h"
#include "index.h"
#include "position_table.h"

#include <emmintrin.h>

static inline __m128i is_char(__m128i bytes, char c)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

static inline __m128i either(__m128i a, __m128i b)
{
    return _mm_or_si128(a, b);
}

// { and [ differ in the bit 0x20 only, } and ] as well. With it set, no other character becomes
// one of these two, but 0x0c becomes a comma and 0x1a a colon, so those are compared as they are.
static inline __m128i is_mark(__m128i bytes)
{
    __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    return either(either(is_char(folded, '{'), is_char(folded, '}')),
                  either(is_char(bytes, ':'), is_char(bytes, ',')));
}

static inline __m128i is_blank(__m128i bytes)
{
    return either(either(is_char(bytes, ' '), is_char(bytes, '\t')),
                  either(is_char(bytes, '\n'), is_char(bytes, '\r')));
}

static inline __m128i is_control(__m128i bytes)
{
    return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
}

static inline uint64_t bits_of(__m128i mask, unsigned shift)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(mask) << shift;
}

static inline struct block_masks block_look(const char *bytes)
{
    struct block_masks masks = {0};
    for (unsigned shift = 0; shift < 64; shift += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(bytes + shift));
        masks.quote |= bits_of(is_char(part, '"'), shift);
        masks.backslash |= bits_of(is_char(part, '\\'), shift);
        masks.mark |= bits_of(is_mark(part), shift);
        masks.blank |= bits_of(is_blank(part), shift);
        masks.control |= bits_of(is_control(part), shift);
        masks.high |= bits_of(part, shift);
    }
    return masks;
}

static inline uint64_t block_parity(uint64_t bits)
{
    for (unsigned shift = 1; shift < 64; shift *= 2) {
        bits ^= bits << shift;
    }
    return bits;
}

static inline uint32_t *block_write(uint32_t *out, uint64_t bits, uint32_t base)
{
    const __m128i zero = _mm_setzero_si128();
    for (unsigned i = 0; i < 8; i++) {
        unsigned byte = bits >> (8 * i) & 0xff;
        __m128i numbers = _mm_loadl_epi64((const __m128i *)(const void *)&POSITION_TABLE[byte]);
        __m128i shorts = _mm_unpacklo_epi8(numbers, zero);
        __m128i start = _mm_set1_epi32((int32_t)(base + 8 * i));
        __m128i first = _mm_add_epi32(_mm_unpacklo_epi16(shorts, zero), start);
        __m128i second = _mm_add_epi32(_mm_unpackhi_epi16(shorts, zero), start);
        _mm_storeu_si128((__m128i *)(void *)out, first);
        _mm_storeu_si128((__m128i *)(void *)(out + 4), second);
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
    return true;
}

const struct scan_kernel SCAN_KERNEL_SSE2 = {"sse2", run, is_usable};
