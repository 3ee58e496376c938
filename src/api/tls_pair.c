// SPDX-License-Identifier: MIT
#include "api/tls_pair.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

// Without it OpenSSL would ask on the terminal.
static int refuse_passphrase(char *out, int size, int is_write, void *context)
{
    (void)out;
    (void)size;
    (void)is_write;
    (void)context;
    return -1;
}

static BIO *open_text(const char *text, size_t len)
{
    REQUIRE(len <= INT_MAX);
    BIO *bio = BIO_new_mem_buf(text, (int)len);
    ENSURE(bio != NULL);
    return bio;
}

static X509 *read_certificate(const struct tls_pair *pair)
{
    BIO *bio = open_text(pair->certificate, strlen(pair->certificate));
    X509 *certificate = PEM_read_bio_X509(bio, NULL, refuse_passphrase, NULL);
    BIO_free(bio);
    return certificate;
}

static EVP_PKEY *read_key(const struct tls_pair *pair)
{
    BIO *bio = open_text(secret_reveal(pair->key), secret_len(pair->key));
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, NULL);
    BIO_free(bio);
    return key;
}

enum err_kind tls_pair_check(const struct tls_pair *pair, struct err *err)
{
    X509 *certificate = read_certificate(pair);
    EVP_PKEY *key = read_key(pair);
    enum err_kind kind = ERR_OK;
    if (certificate == NULL) {
        kind = err_set(err, ERR_CONFIG, "%s holds no certificate; PEM is right",
                       pair->certificate_name);
    } else if (key == NULL) {
        kind =
            err_set(err, ERR_CONFIG, "%s holds no private key; PEM without a passphrase is right",
                    pair->key_name);
    } else if (X509_check_private_key(certificate, key) != 1) {
        kind = err_set(err, ERR_CONFIG,
                       "%s and %s: the key does not belong to the first certificate of the file",
                       pair->certificate_name, pair->key_name);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error(); // what was refused stays in the thread's list otherwise
    return kind;
}
