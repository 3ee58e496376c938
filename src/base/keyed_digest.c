// SPDX-License-Identifier: MIT
#include "base/keyed_digest.h"

#include "keyed_digest_kernel.h"

#include <endian.h>
#include <string.h>

static const struct keyed_digest_kernel *const KERNELS[] = {
#if defined(__x86_64__)
    &KEYED_DIGEST_KERNEL_AVX512,
    &KEYED_DIGEST_KERNEL_AVX2,
    &KEYED_DIGEST_KERNEL_SSE2,
#endif
    &KEYED_DIGEST_KERNEL_PLAIN,
};

const struct keyed_digest_kernel *keyed_digest_kernel_at(size_t index)
{
    for (size_t i = 0; i < ARRAY_LEN(KERNELS); i++) {
        if (KERNELS[i]->is_usable() && index-- == 0) {
            return KERNELS[i];
        }
    }
    return NULL;
}

void keyed_digest_key_init(struct keyed_digest_key *key,
                           const unsigned char secret[KEYED_DIGEST_SECRET_BYTES])
{
    enum { WORDS_AT_ONCE = 4 };
    uint64_t words[KEYED_DIGEST_SECRET_BYTES / sizeof(uint64_t)];
    memcpy(words, secret, sizeof(words));
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        words[i] = le64toh(words[i]);
    }
    const struct siphash_key maker = {{words[0], words[1]}};
    key->last = (struct siphash_key){{words[2], words[3]}};
    for (size_t i = 0; i < ARRAY_LEN(key->words); i += WORDS_AT_ONCE) {
        struct siphash hash;
        const uint64_t number = htole64(i);
        uint64_t made[2];
        siphash_begin(&hash, &maker);
        siphash_update(&hash, &number, sizeof(number));
        siphash_finish(&hash, made);
        for (size_t j = 0; j < WORDS_AT_ONCE && i + j < ARRAY_LEN(key->words); j++) {
            key->words[i + j] = (uint32_t)(made[j / 2] >> j % 2 * 32);
        }
    }
    key->kernel = keyed_digest_kernel_at(0);
}

struct keyed_digest keyed_digest_of(const struct keyed_digest_key *key, const void *bytes,
                                    size_t len)
{
    const char *at = bytes;
    struct siphash hash;
    siphash_begin(&hash, &key->last);
    for (size_t left = len; left > 0;) {
        uint64_t sums[KEYED_DIGEST_SUMS];
        size_t block_len = left < KEYED_DIGEST_BLOCK_BYTES ? left : KEYED_DIGEST_BLOCK_BYTES;
        key->kernel->sum(key->words, at, block_len, sums);
        for (size_t i = 0; i < KEYED_DIGEST_SUMS; i++) {
            sums[i] = htole64(sums[i]);
        }
        siphash_update(&hash, sums, sizeof(sums));
        at += block_len;
        left -= block_len;
    }
    const uint64_t all = htole64(len);
    struct keyed_digest digest = {0};
    siphash_update(&hash, &all, sizeof(all));
    siphash_finish(&hash, digest.words);
    return digest;
}
