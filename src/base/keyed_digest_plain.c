// SPDX-License-Identifier: MIT
#include "keyed_digest_kernel.h"

#include <endian.h>
#include <string.h>

enum { WORD_BYTES = 4, PAIR_BYTES = 2 * WORD_BYTES };

static uint32_t word_at(const char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof(word));
    return le32toh(word);
}

// The word at a place, zeros behind the end.
static uint32_t last_word_at(const char *bytes, size_t at, size_t len)
{
    char word[WORD_BYTES] = {0};
    for (size_t i = 0; i < WORD_BYTES && at + i < len; i++) {
        word[i] = bytes[at + i];
    }
    return word_at(word);
}

static void add_pair(const uint32_t *key, uint32_t a, uint32_t b, uint64_t sums[KEYED_DIGEST_SUMS])
{
    for (size_t p = 0; p < KEYED_DIGEST_SUMS; p++) {
        const uint32_t *keys = key + 2 * p;
        sums[p] += (uint64_t)(uint32_t)(a + keys[0]) * (uint32_t)(b + keys[1]);
    }
}

static void sum(const uint32_t *key, const char *bytes, size_t len,
                uint64_t sums[KEYED_DIGEST_SUMS])
{
    const size_t padded = (len + KEYED_DIGEST_STRIPE_BYTES - 1) / KEYED_DIGEST_STRIPE_BYTES *
                          KEYED_DIGEST_STRIPE_BYTES;
    size_t at = 0;
    memset(sums, 0, KEYED_DIGEST_SUMS * sizeof(sums[0]));
    for (; at + PAIR_BYTES <= len; at += PAIR_BYTES) {
        add_pair(key + at / WORD_BYTES, word_at(bytes + at), word_at(bytes + at + WORD_BYTES),
                 sums);
    }
    for (; at < padded; at += PAIR_BYTES) {
        add_pair(key + at / WORD_BYTES, last_word_at(bytes, at, len),
                 last_word_at(bytes, at + WORD_BYTES, len), sums);
    }
}

static bool is_usable(void)
{
    return true;
}

const struct keyed_digest_kernel KEYED_DIGEST_KERNEL_PLAIN = {sum, is_usable};
