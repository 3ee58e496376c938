// SPDX-License-Identifier: MIT
#include "tls_session.h"

#include "base/mem.h"
#include "base/text.h"
#include "tls_context.h"
#include "tls_trouble.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

// It hangs on the context as its privctx. `functions` are those that the context had, with ours to
// read and to write; hiredis uses the table no more once it has had the session freed.
struct redis_tls_session {
    redisContextFuncs functions;
    redisContext *context;
    SSL *ssl;
    char *host; // to be verified
    bool has_certificate;
    struct err failure; // the first
};

// Called for each certificate of the chain, from within the handshake.
static int on_verify(int is_good, X509_STORE_CTX *store)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct redis_tls_session *session = SSL_get_app_data(ssl);
    if (is_good == 0 && session->failure.kind == ERR_OK) {
        (void)redis_tls_distrust(store, session->host, &session->failure);
    }
    return is_good;
}

// ---- reading and writing

// hiredis wants the reason in the context, too.
static int fail(struct redis_tls_session *session)
{
    session->context->err = REDIS_ERR_IO;
    (void)text_copy(session->context->errstr, sizeof(session->context->errstr),
                    session->failure.message);
    return -1;
}

// What a call that moved nothing means: 0 when it is to be made again (hiredis.h), -1 when not.
static int judge(struct redis_tls_session *session, int status, int errno_value)
{
    int what = SSL_get_error(session->ssl, status);
    if (what == SSL_ERROR_WANT_READ || what == SSL_ERROR_WANT_WRITE) {
        return 0;
    }
    if (session->failure.kind == ERR_OK) {
        const struct redis_tls_failure failure = {.ssl = session->ssl,
                                                  .status = status,
                                                  .errno_value = errno_value,
                                                  .has_certificate = session->has_certificate};
        (void)redis_tls_blame(&failure, &session->failure);
    }
    return fail(session);
}

// Another user of OpenSSL on this thread may have left an error in the queue, which SSL_get_error
// would take for one of ours.
static ssize_t on_read(redisContext *context, char *out, size_t size)
{
    struct redis_tls_session *session = context->privctx;
    if (session->failure.kind != ERR_OK) {
        return fail(session);
    }
    ERR_clear_error();
    errno = 0;
    int count = SSL_read(session->ssl, out, size > INT_MAX ? INT_MAX : (int)size);
    return count > 0 ? count : judge(session, count, errno);
}

// A server that refuses us says why and hangs up; when that comes between two of our writes, the
// second fails with what it said still to be read (TLS 1.3 lets us write before our certificate was
// looked at).
static void read_last_words(struct redis_tls_session *session)
{
    char byte;
    struct redis_tls_failure failure = {.ssl = session->ssl,
                                        .has_certificate = session->has_certificate};
    struct err err = ERR_INIT;
    ERR_clear_error();
    failure.status = SSL_read(session->ssl, &byte, sizeof(byte));
    if (failure.status <= 0 && SSL_get_error(session->ssl, failure.status) == SSL_ERROR_SSL) {
        (void)redis_tls_blame(&failure, &err);
        session->failure = err;
    }
}

static ssize_t on_write(redisContext *context)
{
    struct redis_tls_session *session = context->privctx;
    size_t len = sdslen(context->obuf);
    if (session->failure.kind != ERR_OK) {
        return fail(session);
    }
    ERR_clear_error();
    errno = 0;
    int count = SSL_write(session->ssl, context->obuf, len > INT_MAX ? INT_MAX : (int)len);
    if (count > 0) {
        return count;
    }
    int errno_value = errno;
    bool is_broken = SSL_get_error(session->ssl, count) == SSL_ERROR_SYSCALL;
    int outcome = judge(session, count, errno_value);
    if (outcome < 0 && is_broken) {
        read_last_words(session);
        return fail(session);
    }
    return outcome;
}

static void on_free(void *privctx)
{
    struct redis_tls_session *session = privctx;
    SSL_free(session->ssl);
    mem_free(&session->host);
    mem_free(&session);
}

// ---- beginning

// Numeric addresses stand in a certificate as such, and are no name to ask for (RFC 6066, section
// 3).
static bool expect_host(SSL *ssl, const char *host)
{
    if (host[0] == '\0') {
        return false; // OpenSSL would take any name
    }
    X509_VERIFY_PARAM *expected = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(expected, host) == 1) {
        return true;
    }
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(expected, host, 0) == 1 &&
           SSL_set_tlsext_host_name(ssl, host) == 1;
}

enum err_kind redis_tls_session_attach(const struct redis_tls *tls, const char *host,
                                       redisAsyncContext *context,
                                       struct redis_tls_session **session_out, struct err *err)
{
    const char *expected = tls->server_name == NULL ? host : tls->server_name;
    SSL *ssl = SSL_new(tls->context);
    ENSURE(ssl != NULL);
    if (!expect_host(ssl, expected)) {
        SSL_free(ssl);
        return err_set(err, ERR_CONFIG,
                       "TLS: \"%s\" is neither a name nor an address that a certificate can have",
                       expected);
    }
    struct redis_tls_session *session = mem_alloc(1, sizeof(*session));
    *session = (struct redis_tls_session){.functions = *context->c.funcs,
                                          .context = &context->c,
                                          .ssl = ssl,
                                          .host = mem_text(expected),
                                          .has_certificate = tls->has_certificate,
                                          .failure = ERR_INIT};
    session->functions.read = on_read;
    session->functions.write = on_write;
    session->functions.free_privctx = on_free;
    SSL_set_app_data(ssl, session);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, on_verify);
    SSL_set_connect_state(ssl);
    context->c.privctx = session;
    context->c.funcs = &session->functions;
    *session_out = session;
    return ERR_OK;
}

void redis_tls_session_begin(struct redis_tls_session *session)
{
    int status = SSL_set_fd(session->ssl, session->context->fd);
    ENSURE(status == 1);
    ERR_clear_error();
    errno = 0;
    status = SSL_do_handshake(session->ssl);
    if (status != 1) {
        (void)judge(session, status, errno);
    }
}

bool redis_tls_session_is_secure(const struct redis_tls_session *session)
{
    return session->failure.kind == ERR_OK && SSL_is_init_finished(session->ssl) == 1;
}

bool redis_tls_session_has_unread(const struct redis_tls_session *session)
{
    return session->failure.kind == ERR_OK && SSL_pending(session->ssl) > 0;
}

const struct err *redis_tls_session_failure(const struct redis_tls_session *session)
{
    return &session->failure;
}
