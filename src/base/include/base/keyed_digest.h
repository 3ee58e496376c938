// SPDX-License-Identifier: MIT
//
// A keyed digest of 128 bits for long texts that others write, many times as fast as SHA-256 and
// made for one question: are these the bytes of then? Who does not know the secret cannot find two
// texts that meet.
//
// Blocks of KEYED_DIGEST_BLOCK_BYTES go through NH, a sum of products of 32-bit words, four times
// with keys that are one product apart (Black, Halevi, Krawczyk, Krovetz and Rogaway, "UMAC: Fast
// and Secure Message Authentication", 1999, NH and its Toeplitz extension: two different blocks of
// one length meet with a probability of at most 2^-32 each time, and of 2^-128 in all four); what
// comes of the blocks and the length go through SipHash-2-4-128. All keys are made of the secret by
// SipHash. So two texts that were chosen without knowledge of the secret, and of digests made with
// it, meet with a probability of about 2^-127, and who can have a trillion texts digested without
// seeing what comes of it still finds none that meet. It is no digest for those who know the secret:
// they find such texts easily. And digests are not to be shown to who may choose texts.
//
// Words are little-endian, and what a block lacks to KEYED_DIGEST_STRIPE_BYTES counts as zeros:
//
//   sum p of a block = sum over i of (word 2i + key 2i+2p) * (word 2i+1 + key 2i+1+2p), p = 0 to 3,
//
// the additions modulo 2^32, the products and their sum modulo 2^64.
//
// About 50 ns for a text of 1.3 KB with AVX-512, 90 with AVX2 (chosen at run time), 150 without. The
// same on every machine. Thread: any; a key is read-only.
#pragma once

#include "base/siphash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KEYED_DIGEST_SECRET_BYTES = 32,
    KEYED_DIGEST_BLOCK_BYTES = 2048,
    KEYED_DIGEST_STRIPE_BYTES = 64,
    KEYED_DIGEST_SUMS = 4,
    // One for each word of a block, and two more for each further sum.
    KEYED_DIGEST_KEYS = KEYED_DIGEST_BLOCK_BYTES / 4 + 2 * (KEYED_DIGEST_SUMS - 1),
};

struct keyed_digest_kernel;

struct keyed_digest_key {
    uint32_t words[KEYED_DIGEST_KEYS];
    struct siphash_key last;
    const struct keyed_digest_kernel *kernel;
};
// With the fastest kernel that the machine has.
void keyed_digest_key_init(struct keyed_digest_key *key,
                           const unsigned char secret[KEYED_DIGEST_SECRET_BYTES]);

// The kernels that this machine can run, the fastest first; NULL behind the last. For tests, which
// put them into keys.
const struct keyed_digest_kernel *keyed_digest_kernel_at(size_t index);

struct keyed_digest {
    uint64_t words[2];
};
struct keyed_digest keyed_digest_of(const struct keyed_digest_key *key, const void *bytes,
                                    size_t len);

static inline bool keyed_digest_equals(const struct keyed_digest *a, const struct keyed_digest *b)
{
    return ((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1])) == 0;
}
