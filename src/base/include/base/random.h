// SPDX-License-Identifier: MIT
//
// Random numbers from the kernel (getrandom(2)), ids made of them, and full jitter. Thread: any;
// each draws ahead for itself, so a child that fork leaves running our code, without exec, must not
// ask.
#pragma once

#include "base/check.h"

#include <stddef.h>
#include <stdint.h>

enum {
    RANDOM_UUID_BYTES = 37,
    RANDOM_BYTES_MAX = 256, // at once; so many the kernel gives whole and without interruption
};

// At most RANDOM_BYTES_MAX.
void random_bytes(void *bytes, size_t len);

// Upper-case UUID version 4 (RFC 9562), the form that the vendor's RequestId has.
void random_uuid(char out[RANDOM_UUID_BYTES]);

// Letters of an id: 20 of 0-9 a-z, 103 bits.
enum { RANDOM_ID_LETTERS = 20 };
void random_id(char out[RANDOM_ID_LETTERS + 1]);

// Uniform in [0, bound); bound > 0.
uint64_t random_below(uint64_t bound);

// Full jitter: uniform in [0, min(cap_ms, base_ms * 2^attempt)], attempt from 0.
int64_t random_backoff_ms(int64_t base_ms, int64_t cap_ms, unsigned attempt);
