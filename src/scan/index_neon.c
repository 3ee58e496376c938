// SPDX-License-Identifier: MIT
//
// The kernel for 64-bit ARM: NEON is part of it.
#include "block_masks.h"
#include "index.h"
#include "position_table.h"

#include <arm_neon.h>

enum { VECTORS = 4, VECTOR_BYTES = 16 };

// One bit a byte: of each byte that is all ones one bit is kept, another one in each of eight
// neighbours, and adding neighbours thrice brings the eight together.
static inline uint64_t join(const uint8x16_t masks[VECTORS])
{
    static const uint8_t BITS[VECTOR_BYTES] = {1, 2, 4, 8, 16, 32, 64, 128,
                                               1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t bit = vld1q_u8(BITS);
    uint8x16_t first = vpaddq_u8(vandq_u8(masks[0], bit), vandq_u8(masks[1], bit));
    uint8x16_t second = vpaddq_u8(vandq_u8(masks[2], bit), vandq_u8(masks[3], bit));
    uint8x16_t both = vpaddq_u8(first, second);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(both, both)), 0);
}

static inline uint8x16_t is_char(uint8x16_t bytes, char c)
{
    return vceqq_u8(bytes, vdupq_n_u8((uint8_t)c));
}

// See index_sse2.c.
static inline uint8x16_t is_mark(uint8x16_t bytes)
{
    uint8x16_t folded = vorrq_u8(bytes, vdupq_n_u8(0x20));
    return vorrq_u8(vorrq_u8(is_char(folded, '{'), is_char(folded, '}')),
                    vorrq_u8(is_char(bytes, ':'), is_char(bytes, ',')));
}

static inline uint8x16_t is_blank(uint8x16_t bytes)
{
    return vorrq_u8(vorrq_u8(is_char(bytes, ' '), is_char(bytes, '\t')),
                    vorrq_u8(is_char(bytes, '\n'), is_char(bytes, '\r')));
}

static inline struct block_masks block_look(const char *bytes)
{
    uint8x16_t quote[VECTORS];
    uint8x16_t backslash[VECTORS];
    uint8x16_t mark[VECTORS];
    uint8x16_t blank[VECTORS];
    uint8x16_t control[VECTORS];
    uint8x16_t high[VECTORS];
    for (size_t i = 0; i < VECTORS; i++) {
        uint8x16_t part = vld1q_u8((const uint8_t *)bytes + i * VECTOR_BYTES);
        quote[i] = is_char(part, '"');
        backslash[i] = is_char(part, '\\');
        mark[i] = is_mark(part);
        blank[i] = is_blank(part);
        control[i] = vcltq_u8(part, vdupq_n_u8(0x20));
        high[i] = vcgeq_u8(part, vdupq_n_u8(0x80));
    }
    return (struct block_masks){.quote = join(quote),
                                .backslash = join(backslash),
                                .mark = join(mark),
                                .blank = join(blank),
                                .control = join(control),
                                .high = join(high)};
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
    for (unsigned i = 0; i < 8; i++) {
        unsigned byte = bits >> (8 * i) & 0xff;
        uint16x8_t shorts = vmovl_u8(vcreate_u8(POSITION_TABLE[byte]));
        uint32x4_t start = vdupq_n_u32(base + 8 * i);
        vst1q_u32(out, vaddq_u32(vmovl_u16(vget_low_u16(shorts)), start));
        vst1q_u32(out + 4, vaddq_u32(vmovl_u16(vget_high_u16(shorts)), start));
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

const struct scan_kernel SCAN_KERNEL_NEON = {"neon", run, is_usable};
