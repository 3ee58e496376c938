// SPDX-License-Identifier: MIT
#include "hmac.h"

#include "base/mem.h"

#include <openssl/evp.h>
#include <string.h>

static void compute(const char *digest, struct span key, struct span message, unsigned char *out,
                    size_t out_len)
{
    size_t written = 0;
    const unsigned char *done =
        EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, key.bytes, key.len,
                  (const unsigned char *)message.bytes, message.len, out, out_len, &written);
    ENSURE(done != NULL && written == out_len);
}

void hmac_sha1_with_ampersand(const struct secret *secret, struct span message,
                              unsigned char out[HMAC_SHA1_BYTES])
{
    size_t len = secret_len(secret) + 1;
    char *key = mem_alloc(len, 1);
    memcpy(key, secret_reveal(secret), len - 1);
    key[len - 1] = '&';
    compute("SHA1", (struct span){key, len}, message, out, HMAC_SHA1_BYTES);
    mem_wipe(key, len);
    mem_free(&key);
}

void hmac_sha256(const struct secret *secret, struct span message,
                 unsigned char out[HMAC_SHA256_BYTES])
{
    compute("SHA256", (struct span){secret_reveal(secret), secret_len(secret)}, message, out,
            HMAC_SHA256_BYTES);
}
