// SPDX-License-Identifier: MIT
#include "base/keyed_digest.h"

#include <endian.h>
#include <string.h>

enum {
    WORD_BYTES = 8,
    PAIR_BYTES = 2 * WORD_BYTES,
    BLOCK_BYTES = KEYED_DIGEST_BLOCK_WORDS * WORD_BYTES,
    WORD_BITS = 64,
};

__extension__ typedef unsigned __int128 wide;

struct sums {
    wide first;
    wide second;
};

static uint64_t word_at(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return le64toh(word);
}

void keyed_digest_key_init(struct keyed_digest_key *key,
                           const unsigned char secret[KEYED_DIGEST_SECRET_BYTES])
{
    const char *bytes = (const char *)secret;
    const struct siphash_key maker = {{word_at(bytes), word_at(bytes + WORD_BYTES)}};
    key->last = (struct siphash_key){
        {word_at(bytes + PAIR_BYTES), word_at(bytes + PAIR_BYTES + WORD_BYTES)}};
    for (size_t i = 0; i < ARRAY_LEN(key->words); i += 2) {
        struct siphash hash;
        const uint64_t number = htole64(i);
        siphash_begin(&hash, &maker);
        siphash_update(&hash, &number, sizeof(number));
        siphash_finish(&hash, &key->words[i]);
    }
}

static void add_pair(struct sums *sums, const uint64_t *key, const char *pair)
{
    const uint64_t a = word_at(pair);
    const uint64_t b = word_at(pair + WORD_BYTES);
    sums->first += (wide)(a + key[0]) * (b + key[1]);
    sums->second += (wide)(a + key[2]) * (b + key[3]);
}

// Of at most BLOCK_BYTES. What is missing of the last pair counts as zeros.
static struct sums sum_block(const uint64_t *key, const char *bytes, size_t len)
{
    struct sums sums = {0};
    size_t at = 0;
    for (; at + PAIR_BYTES <= len; at += PAIR_BYTES) {
        add_pair(&sums, key + at / WORD_BYTES, bytes + at);
    }
    if (at < len) {
        char rest[PAIR_BYTES] = {0};
        memcpy(rest, bytes + at, len - at);
        add_pair(&sums, key + at / WORD_BYTES, rest);
    }
    return sums;
}

struct keyed_digest keyed_digest_of(const struct keyed_digest_key *key, const void *bytes,
                                    size_t len)
{
    const char *at = bytes;
    struct siphash hash;
    siphash_begin(&hash, &key->last);
    for (size_t left = len; left > 0;) {
        size_t block_len = left < BLOCK_BYTES ? left : BLOCK_BYTES;
        const struct sums sums = sum_block(key->words, at, block_len);
        const uint64_t words[] = {
            htole64((uint64_t)sums.first), htole64((uint64_t)(sums.first >> WORD_BITS)),
            htole64((uint64_t)sums.second), htole64((uint64_t)(sums.second >> WORD_BITS))};
        siphash_update(&hash, words, sizeof(words));
        at += block_len;
        left -= block_len;
    }
    const uint64_t all = htole64(len);
    struct keyed_digest digest = {0};
    siphash_update(&hash, &all, sizeof(all));
    siphash_finish(&hash, digest.words);
    return digest;
}
