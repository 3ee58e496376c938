// SPDX-License-Identifier: MIT
#include "base/digest.h"

#include "base/mem.h"
#include "base/text.h"

#include <openssl/evp.h>
#include <pthread.h>

struct digest {
    EVP_MD_CTX *context;
};

// Looked up once: what EVP_sha256() names is searched for in OpenSSL's providers at each use, which
// takes longer than to digest a short text. Kept until the process ends.
static EVP_MD *sha256;

static void fetch_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    ENSURE(sha256 != NULL);
}

static const EVP_MD *find_sha256(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fetch_sha256);
    return sha256;
}

struct digest *digest_create(void)
{
    struct digest *digest = mem_alloc(1, sizeof(*digest));
    digest->context = EVP_MD_CTX_new();
    ENSURE(digest->context != NULL);
    int status = EVP_DigestInit_ex(digest->context, find_sha256(), NULL);
    ENSURE(status == 1);
    return digest;
}

void digest_destroy(struct digest **digest)
{
    if (*digest == NULL) {
        return;
    }
    EVP_MD_CTX_free((*digest)->context);
    mem_free(digest);
}

void digest_update(struct digest *digest, const void *bytes, size_t len)
{
    int status = EVP_DigestUpdate(digest->context, bytes, len);
    ENSURE(status == 1);
}

void digest_finish(struct digest *digest, char out[DIGEST_HEX_BYTES])
{
    unsigned char value[DIGEST_BYTES];
    unsigned int len = 0;
    int status = EVP_DigestFinal_ex(digest->context, value, &len);
    ENSURE(status == 1 && len == DIGEST_BYTES);
    text_hex(value, len, out);
}

void digest_hex(const void *bytes, size_t len, char out[DIGEST_HEX_BYTES])
{
    unsigned char value[DIGEST_BYTES];
    unsigned int value_len = 0;
    int status = EVP_Digest(bytes, len, value, &value_len, find_sha256(), NULL);
    ENSURE(status == 1 && value_len == DIGEST_BYTES);
    text_hex(value, value_len, out);
}

void digest_sha1_hex(const void *bytes, size_t len, char out[DIGEST_SHA1_HEX_BYTES])
{
    unsigned char value[DIGEST_SHA1_BYTES];
    unsigned int value_len = 0;
    int status = EVP_Digest(bytes, len, value, &value_len, EVP_sha1(), NULL);
    ENSURE(status == 1 && value_len == DIGEST_SHA1_BYTES);
    text_hex(value, value_len, out);
}
