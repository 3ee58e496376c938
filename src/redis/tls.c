// SPDX-License-Identifier: MIT
#include "redis/tls.h"

#include "base/file.h"
#include "base/mem.h"
#include "hiredis_api.h"
#include "tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

enum {
    HASHED_DIGITS = 8, // of a name that X509_LOOKUP_hash_dir(3) looks for: 9d66eef0.0
};

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

const char *redis_tls_support(void)
{
    return "TLS to Redis: yes (hiredis " TEXT(HIREDIS_MAJOR) "." TEXT(HIREDIS_MINOR) "." TEXT(
        HIREDIS_PATCH) ")";
}

const char *redis_tls_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    return reason == NULL ? "unknown reason" : reason;
}

static bool is_hashed_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == HASHED_DIGITS && name[HASHED_DIGITS] == '.' &&
           name[HASHED_DIGITS + 1] >= '0' && name[HASHED_DIGITS + 1] <= '9';
}

// OpenSSL looks into a folder only when it needs an authority, and finds hashed names only; with
// none of them every server would be refused.
static enum err_kind check_ca_folder(const char *folder, struct err *err)
{
    struct file_names names;
    if (file_list(folder, REDIS_TLS_CA_FILES_MAX, &names, err) != ERR_OK) {
        err->kind = ERR_CONFIG;
        return err->kind;
    }
    bool has_one = false;
    for (size_t i = 0; i < names.count && !has_one; i++) {
        has_one = is_hashed_name(names.names[i]);
    }
    file_names_deinit(&names);
    return has_one ? ERR_OK
                   : err_set(err, ERR_CONFIG,
                             "%s has no file with a hashed name, as 9d66eef0.0; run "
                             "\"openssl rehash %s\", or name a file",
                             folder, folder);
}

static enum err_kind load_authorities(SSL_CTX *context, const char *path, struct err *err)
{
    if (path == NULL) {
        return SSL_CTX_set_default_verify_paths(context) == 1
                   ? ERR_OK
                   : err_set(err, ERR_CONFIG, "the system's: %s", redis_tls_reason());
    }
    if (file_is_folder(path)) {
        if (check_ca_folder(path, err) != ERR_OK) {
            return err->kind;
        }
        return SSL_CTX_load_verify_dir(context, path) == 1
                   ? ERR_OK
                   : err_set(err, ERR_CONFIG, "%s: %s", path, redis_tls_reason());
    }
    return SSL_CTX_load_verify_file(context, path) == 1
               ? ERR_OK
               : err_set(err, ERR_CONFIG, "%s cannot be read as certificates in PEM form (%s)",
                         path, redis_tls_reason());
}

static int on_passphrase(char *out, int size, int is_writing, void *data)
{
    (void)out;
    (void)size;
    (void)is_writing;
    *(bool *)data = true;
    return -1; // none
}

static enum err_kind use_key(SSL_CTX *context, const struct secret *secret, struct err *err)
{
    bool is_encrypted = false;
    BIO *text = BIO_new_mem_buf(secret_reveal(secret), (int)secret_len(secret));
    ENSURE(text != NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, on_passphrase, &is_encrypted);
    BIO_free(text);
    if (key == NULL) {
        return is_encrypted ? err_set(err, ERR_CONFIG,
                                      "the key is encrypted; one without a passphrase is "
                                      "needed")
                            : err_set(err, ERR_CONFIG, "not a private key in PEM form (%s)",
                                      redis_tls_reason());
    }
    ERR_clear_error();
    int status = SSL_CTX_use_PrivateKey(context, key);
    EVP_PKEY_free(key);
    return status == 1 ? ERR_OK
                       : err_set(err, ERR_CONFIG, "the key is not that of tls_cert (%s)",
                                 redis_tls_reason());
}

static enum err_kind use_certificate(SSL_CTX *context, const struct redis_tls_config *config,
                                     struct err *err)
{
    if (config->cert_file == NULL) {
        return ERR_OK;
    }
    if (SSL_CTX_use_certificate_chain_file(context, config->cert_file) != 1) {
        return err_set(err, ERR_CONFIG,
                       "tls_cert: %s cannot be used as a certificate in PEM form (%s)",
                       config->cert_file, redis_tls_reason());
    }
    return use_key(context, config->key, err) == ERR_OK ? ERR_OK : err_prefix(err, "tls_key");
}

static enum err_kind set_up(SSL_CTX *context, const struct redis_tls_config *config,
                            struct err *err)
{
    ERR_clear_error();
    long status = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    ENSURE(status == 1);
    // A reply ends where its own format says, so a server that hangs up without a goodbye cuts
    // nothing off; renegotiation would let a write wait for a read.
    (void)SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
    // hiredis may move what waits to be written when more is added to it.
    (void)SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    if (load_authorities(context, config->ca_path, err) != ERR_OK) {
        return err_prefix(err, "tls_ca");
    }
    return use_certificate(context, config, err);
}

enum err_kind redis_tls_create(const struct redis_tls_config *config, struct redis_tls **tls_out,
                               struct err *err)
{
    REQUIRE((config->cert_file == NULL) == (config->key == NULL));
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    ENSURE(context != NULL);
    if (set_up(context, config, err) != ERR_OK) {
        SSL_CTX_free(context);
        ERR_clear_error();
        return err->kind;
    }
    struct redis_tls *tls = mem_alloc(1, sizeof(*tls));
    *tls = (struct redis_tls){.refs = 1,
                              .context = context,
                              .server_name = mem_text(config->server_name),
                              .has_certificate = config->cert_file != NULL};
    *tls_out = tls;
    return ERR_OK;
}

struct redis_tls *redis_tls_ref(struct redis_tls *tls)
{
    if (tls != NULL) {
        tls->refs++;
    }
    return tls;
}

void redis_tls_unref(struct redis_tls **tls)
{
    struct redis_tls *left = *tls;
    *tls = NULL;
    if (left == NULL || --left->refs > 0) {
        return;
    }
    SSL_CTX_free(left->context);
    mem_free(&left->server_name);
    mem_free(&left);
}
