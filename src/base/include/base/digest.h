// SPDX-License-Identifier: MIT
//
// SHA-256 (FIPS 180-4) by OpenSSL, and SHA-1 where an outside protocol names things by it. Thread:
// any, one object per thread.
#pragma once

#include "base/check.h"

#include <stddef.h>

enum {
    DIGEST_BYTES = 32,
    DIGEST_HEX_BYTES = 65, // lower-case hex and a NUL
    DIGEST_SHA1_BYTES = 20,
    DIGEST_SHA1_HEX_BYTES = 41,
};

struct digest;

struct digest *digest_create(void);
void digest_destroy(struct digest **digest);
void digest_update(struct digest *digest, const void *bytes, size_t len);
// Writes the hex form. The object can then only be destroyed.
void digest_finish(struct digest *digest, char out[DIGEST_HEX_BYTES]);

// All in one.
void digest_hex(const void *bytes, size_t len, char out[DIGEST_HEX_BYTES]);

// SHA-1, by which Redis names scripts (EVALSHA). Not for anything that must withstand forgery.
void digest_sha1_hex(const void *bytes, size_t len, char out[DIGEST_SHA1_HEX_BYTES]);
