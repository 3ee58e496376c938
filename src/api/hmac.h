// SPDX-License-Identifier: MIT
//
// HMAC (RFC 2104) by OpenSSL. Thread: any.
#pragma once

#include "base/secret.h"
#include "base/span.h"

enum { HMAC_SHA1_BYTES = 20, HMAC_SHA256_BYTES = 32 };

// The key is the secret and, behind it, '&'.
void hmac_sha1_with_ampersand(const struct secret *secret, struct span message,
                              unsigned char out[HMAC_SHA1_BYTES]);
void hmac_sha256(const struct secret *secret, struct span message,
                 unsigned char out[HMAC_SHA256_BYTES]);
