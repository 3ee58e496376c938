// SPDX-License-Identifier: MIT
//
// The sums of a block, see base/keyed_digest.h: one kernel for each kind of machine, with the same
// results. Private to the room. Thread: any.
#pragma once

#include "base/keyed_digest.h"

struct keyed_digest_kernel {
    // At most a block.
    void (*sum)(const uint32_t *key, const char *bytes, size_t len,
                uint64_t sums[KEYED_DIGEST_SUMS]);
    bool (*is_usable)(void);
};

extern const struct keyed_digest_kernel KEYED_DIGEST_KERNEL_PLAIN;
#if defined(__x86_64__)
extern const struct keyed_digest_kernel KEYED_DIGEST_KERNEL_AVX512;
extern const struct keyed_digest_kernel KEYED_DIGEST_KERNEL_AVX2;
extern const struct keyed_digest_kernel KEYED_DIGEST_KERNEL_SSE2;
#endif
