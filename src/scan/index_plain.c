// SPDX-License-Identifier: MIT
//
// The kernel for any machine: byte by byte, without SIMD.
#include "block_masks.h"
#include "index.h"

enum { IS_QUOTE = 1, IS_BACKSLASH = 2, IS_MARK = 4, IS_BLANK = 8, IS_CONTROL = 16 };

static inline unsigned classes_of(unsigned char byte)
{
    switch (byte) {
    case '"':
        return IS_QUOTE;
    case '\\':
        return IS_BACKSLASH;
    case '{':
    case '}':
    case '[':
    case ']':
    case ':':
    case ',':
        return IS_MARK;
    case ' ':
        return IS_BLANK;
    case '\t':
    case '\n':
    case '\r':
        return IS_BLANK | IS_CONTROL;
    default:
        return byte < 0x20 ? IS_CONTROL : 0;
    }
}

static inline struct block_masks block_look(const char *bytes)
{
    struct block_masks masks = {0};
    for (unsigned i = 0; i < 64; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        uint64_t classes = classes_of(byte);
        masks.quote |= (classes & 1) << i;
        masks.backslash |= (classes >> 1 & 1) << i;
        masks.mark |= (classes >> 2 & 1) << i;
        masks.blank |= (classes >> 3 & 1) << i;
        masks.control |= (classes >> 4 & 1) << i;
        masks.high |= (uint64_t)(byte >> 7) << i;
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
    for (; bits != 0; bits &= bits - 1) {
        *out++ = base + (uint32_t)__builtin_ctzll(bits);
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

const struct scan_kernel SCAN_KERNEL_PLAIN = {"plain", run, is_usable};
