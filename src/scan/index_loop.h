// SPDX-License-Identifier: MIT
//
// The loop that all kernels share: from masks of 64 bytes to the index. A kernel includes this
// after it has defined
//
//   struct block_masks block_look(const char *bytes)      the masks of 64 bytes
//   uint64_t block_parity(uint64_t bits)                  bit i is the parity of the bits 0 to i
//   uint32_t *block_write(uint32_t *out, uint64_t bits, uint32_t base)
//                                                         base + the number of each bit that is set,
//                                                         ascending; returns where they end. Up to
//                                                         64 entries may be written
//
// and gives its file the compiler flags that it needs; so the loop is compiled anew for each.
#pragma once

#include "index.h"

enum { BLOCK_BYTES = 64 };

// What carries over from one block to the next: all bits set or none, or the lowest bit.
struct block_carry {
    uint64_t in_text;
    uint64_t is_escaped;
    uint64_t in_word; // a word or number goes on
};

// Which characters stand behind a backslash that escapes them; `out` gets where these backslashes
// are. Backslashes are rare, so this goes from one to the next.
static inline uint64_t find_escaped(uint64_t backslash, uint32_t base, uint64_t *carry,
                                    uint32_t **out)
{
    uint64_t escaped = *carry;
    uint64_t left = backslash & ~escaped;
    *carry = 0;
    while (left != 0) {
        uint64_t first = left & -left;
        uint64_t behind = first << 1;
        *(*out)++ = base + (uint32_t)__builtin_ctzll(left);
        *carry = behind == 0 ? 1 : 0;
        escaped |= behind;
        left &= ~(first | behind);
    }
    return escaped;
}

static inline bool index_loop(const char *bytes, size_t len, struct scan_index *index)
{
    uint32_t *out = index->positions;
    uint32_t *escapes = index->escapes;
    struct block_carry carry = {0};
    uint64_t control_in_text = 0;
    index->high_begin = 0;
    index->high_end = 0;
    for (size_t at = 0; at < len; at += BLOCK_BYTES) {
        size_t left = len - at;
        uint64_t inside = left >= BLOCK_BYTES ? UINT64_MAX : (UINT64_C(1) << left) - 1;
        struct block_masks masks = block_look(bytes + at);
        uint64_t escaped =
            find_escaped(masks.backslash & inside, (uint32_t)at, &carry.is_escaped, &escapes);
        uint64_t quote = masks.quote & ~escaped & inside;
        // From an opening quote, which counts, to the closing one, which does not.
        uint64_t in_text = block_parity(quote) ^ carry.in_text;
        carry.in_text = 0 - (in_text >> 63);
        control_in_text |= masks.control & in_text & inside;
        uint64_t word = ~(masks.mark | masks.blank | quote | in_text) & inside;
        uint64_t word_begin = word & ~(word << 1 | carry.in_word);
        carry.in_word = word >> 63;
        uint64_t positions = (masks.mark & ~in_text & inside) | quote | word_begin;
        out = block_write(out, positions, (uint32_t)at);
        if ((masks.high & inside) != 0) {
            index->high_begin = index->high_end == 0 ? at : index->high_begin;
            index->high_end = left >= BLOCK_BYTES ? at + BLOCK_BYTES : len;
        }
    }
    *escapes = UINT32_MAX;
    index->count = (size_t)(out - index->positions);
    for (size_t i = 0; i < SCAN_INDEX_SENTINELS; i++) {
        out[i] = (uint32_t)len;
    }
    return control_in_text == 0 && carry.in_text == 0;
}
