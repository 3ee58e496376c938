// SPDX-License-Identifier: MIT
#include "hmac.h"

#include "base/mem.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <string.h>

enum digest { DIGEST_SHA1, DIGEST_SHA256, DIGESTS };

// Made once, and copied for each use: what a digest's name stands for is looked up under locks.
static EVP_MAC_CTX *templates[DIGESTS];

static void make_templates(void)
{
    static const char *const NAMES[DIGESTS] = {"SHA1", "SHA256"};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    for (size_t i = 0; i < DIGESTS; i++) {
        const OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)NAMES[i], 0),
            OSSL_PARAM_construct_end(),
        };
        templates[i] = EVP_MAC_CTX_new(mac);
        ENSURE(templates[i] != NULL && EVP_MAC_CTX_set_params(templates[i], parameters) == 1);
    }
    EVP_MAC_free(mac);
}

static void compute(enum digest digest, struct span key, struct span message, unsigned char *out,
                    size_t out_len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make_templates);
    size_t written = 0;
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(templates[digest]);
    ENSURE(context != NULL);
    bool is_done =
        EVP_MAC_init(context, (const unsigned char *)key.bytes, key.len, NULL) == 1 &&
        EVP_MAC_update(context, (const unsigned char *)message.bytes, message.len) == 1 &&
        EVP_MAC_final(context, out, &written, out_len) == 1;
    ENSURE(is_done && written == out_len);
    EVP_MAC_CTX_free(context);
}

void hmac_sha1_with_ampersand(const struct secret *secret, struct span message,
                              unsigned char out[HMAC_SHA1_BYTES])
{
    size_t len = secret_len(secret) + 1;
    char *key = mem_alloc(len, 1);
    memcpy(key, secret_reveal(secret), len - 1);
    key[len - 1] = '&';
    compute(DIGEST_SHA1, (struct span){key, len}, message, out, HMAC_SHA1_BYTES);
    mem_wipe(key, len);
    mem_free(&key);
}

void hmac_sha256(const struct secret *secret, struct span message,
                 unsigned char out[HMAC_SHA256_BYTES])
{
    compute(DIGEST_SHA256, (struct span){secret_reveal(secret), secret_len(secret)}, message, out,
            HMAC_SHA256_BYTES);
}
