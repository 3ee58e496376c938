// SPDX-License-Identifier: MIT
#include "base/siphash.h"

#include "base/random.h"

#include <endian.h>
#include <string.h>

enum { WORD_BYTES = 8, WORD_BITS = 64, ROUNDS_BETWEEN = 2, ROUNDS_AT_END = 4 };

struct siphash_key siphash_random_key(void)
{
    struct siphash_key key = {0};
    random_bytes(key.words, sizeof(key.words));
    return key;
}

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (WORD_BITS - bits);
}

static void mix(uint64_t v[4], unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32) + v[3];
        v[2] += v[1];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

static void absorb(struct siphash *hash, uint64_t word)
{
    hash->state[3] ^= word;
    mix(hash->state, ROUNDS_BETWEEN);
    hash->state[0] ^= word;
}

void siphash_begin(struct siphash *hash, const struct siphash_key *key)
{
    const uint64_t a = key->words[0];
    const uint64_t b = key->words[1];
    *hash = (struct siphash){.state = {a ^ 0x736f6d6570736575, b ^ 0x646f72616e646f6d ^ 0xee,
                                       a ^ 0x6c7967656e657261, b ^ 0x7465646279746573}};
}

static void add_byte(struct siphash *hash, unsigned char byte)
{
    hash->word |= (uint64_t)byte << (hash->len % WORD_BYTES * 8);
    hash->len++;
    if (hash->len % WORD_BYTES == 0) {
        absorb(hash, hash->word);
        hash->word = 0;
    }
}

void siphash_update(struct siphash *hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    const unsigned char *end = at + len;
    while (at < end && hash->len % WORD_BYTES != 0) {
        add_byte(hash, *at++);
    }
    for (; end - at >= WORD_BYTES; at += WORD_BYTES) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        absorb(hash, le64toh(word));
        hash->len += WORD_BYTES;
    }
    while (at < end) {
        add_byte(hash, *at++);
    }
}

void siphash_finish(struct siphash *hash, uint64_t out[2])
{
    uint64_t *v = hash->state;
    absorb(hash, hash->word | hash->len << (WORD_BITS - 8));
    v[2] ^= 0xee;
    mix(v, ROUNDS_AT_END);
    out[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
    v[1] ^= 0xdd;
    mix(v, ROUNDS_AT_END);
    out[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
}
