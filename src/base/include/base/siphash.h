// SPDX-License-Identifier: MIT
//
// SipHash-2-4 with 128 bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, and
// its reference code): a keyed hash for short texts that others choose. Who does not know the key
// cannot make two texts meet, nor choose where one falls. About 45 ns for an identity of 70 bytes,
// where SHA-256 of OpenSSL takes 160. Thread: any, one object per thread.
#pragma once

#include "base/check.h"

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
    uint64_t words[2];
};
struct siphash_key siphash_random_key(void);

// Texts are hashed in pieces: the same bytes give the same value however they are cut.
struct siphash {
    uint64_t state[4];
    uint64_t word; // bytes that do not fill a word yet
    uint64_t len;
};
void siphash_begin(struct siphash *hash, const struct siphash_key *key);
void siphash_update(struct siphash *hash, const void *bytes, size_t len);
// The object can then only be begun anew.
void siphash_finish(struct siphash *hash, uint64_t out[2]);
