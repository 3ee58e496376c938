// SPDX-License-Identifier: MIT
#include "tls_trouble.h"

#include "base/buf.h"
#include "base/text.h"
#include "tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

enum {
    NAMES_SHOWN = 8, // of those that a certificate is for
    NAME_SHOWN_BYTES = 64,
    NAMES_BYTES = 512,
    DATE_BYTES = 32,
    IPV4_BYTES = 4,
    IPV6_BYTES = 16,
};

// ---- a certificate

static void append_common_name(struct buf *out, const X509_NAME *name)
{
    char text[NAME_SHOWN_BYTES * 4];
    // OpenSSL's older interface: it takes the name as not const.
    int len = X509_NAME_get_text_by_NID(
        (X509_NAME *)name, // NOLINT(cppcoreguidelines-pro-type-const-cast): read only
        NID_commonName, text, sizeof(text));
    if (len > 0) {
        text_quote(out, text, strlen(text), NAME_SHOWN_BYTES);
    } else {
        (void)buf_append_text(out, "somebody without a name");
    }
}

static void append_address(struct buf *out, const ASN1_OCTET_STRING *address)
{
    char text[INET6_ADDRSTRLEN];
    int len = ASN1_STRING_length(address);
    if ((len == IPV4_BYTES || len == IPV6_BYTES) &&
        inet_ntop(len == IPV4_BYTES ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text,
                  sizeof(text)) != NULL) {
        (void)buf_append_text(out, text);
    }
}

// "a.example.com", 10.0.0.1: those that clients compare a host with (RFC 9525).
static void append_names(struct buf *out, const X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int shown = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && shown < NAMES_SHOWN; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS && name->type != GEN_IPADD) {
            continue;
        }
        (void)buf_append_text(out, shown++ == 0 ? "" : ", ");
        if (name->type == GEN_IPADD) {
            append_address(out, name->d.iPAddress);
        } else {
            text_quote(out, (const char *)ASN1_STRING_get0_data(name->d.dNSName),
                       (size_t)ASN1_STRING_length(name->d.dNSName), NAME_SHOWN_BYTES);
        }
    }
    GENERAL_NAMES_free(names);
    if (shown == 0) {
        append_common_name(out, X509_get_subject_name(certificate));
    }
}

// "the server's certificate", or that of an authority above it.
static void append_whose(struct buf *out, X509_STORE_CTX *store, const X509 *certificate)
{
    if (X509_STORE_CTX_get_error_depth(store) == 0) {
        (void)buf_append_text(out, "the server's certificate");
        return;
    }
    (void)buf_append_text(out, "the certificate of the authority ");
    append_common_name(out, X509_get_subject_name(certificate));
}

static void append_date(struct buf *out, const ASN1_TIME *time)
{
    struct tm parts;
    char text[DATE_BYTES];
    if (ASN1_TIME_to_tm(time, &parts) == 1 &&
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts) > 0) {
        (void)buf_append_text(out, text);
    } else {
        (void)buf_append_text(out, "a time that cannot be read");
    }
}

// The chain ends with `certificate`, and nobody here vouches for whoever signed that one.
static void append_unknown_authority(struct buf *out, const X509 *certificate, int reason)
{
    (void)buf_append_text(out, "the server's certificate is signed by ");
    append_common_name(out, X509_get_issuer_name(certificate));
    (void)buf_append_format(out,
                            ", which is no authority that is trusted here (%s); name the file of "
                            "the right one in tls_ca",
                            X509_verify_cert_error_string(reason));
}

static void append_distrust(struct buf *out, X509_STORE_CTX *store, const char *host)
{
    const X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    int reason = X509_STORE_CTX_get_error(store);
    if (certificate == NULL) {
        (void)buf_append_text(out, X509_verify_cert_error_string(reason));
        return;
    }
    switch (reason) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        append_whose(out, store, certificate);
        (void)buf_append_text(out, " has expired on ");
        append_date(out, X509_get0_notAfter(certificate));
        (void)buf_append_text(out, "; the server needs a new one");
        return;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        append_whose(out, store, certificate);
        (void)buf_append_text(out, " is not valid before ");
        append_date(out, X509_get0_notBefore(certificate));
        (void)buf_append_text(out, "; is the clock of this host right?");
        return;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        (void)buf_append_text(out, "the server's certificate is for ");
        append_names(out, certificate);
        (void)buf_append_format(out,
                                ", not for \"%s\"; connect under a name that it has, or say that "
                                "name in tls_server_name",
                                host);
        return;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        append_unknown_authority(out, certificate, reason);
        return;
    default:
        append_whose(out, store, certificate);
        (void)buf_append_format(out, " is refused: %s", X509_verify_cert_error_string(reason));
        return;
    }
}

enum err_kind redis_tls_distrust(X509_STORE_CTX *store, const char *host, struct err *err)
{
    struct buf text;
    buf_init(&text, NAMES_BYTES + ERR_MESSAGE_BYTES);
    append_distrust(&text, store, host);
    enum err_kind kind = err_set(err, ERR_DENIED, "TLS: %s", buf_text(&text));
    buf_deinit(&text);
    return kind;
}

// ---- the connection

enum blame {
    BLAME_PLAIN_SERVER,
    BLAME_OLD_SERVER,
    BLAME_NO_CERTIFICATE,
    BLAME_HANDSHAKE,
    BLAME_OUR_CERTIFICATE,
    BLAME_OTHER,
};

// Reasons of libssl; those with "ALERT" are what the server said (RFC 8446, section 6.2).
static const struct {
    int reason;
    enum blame blame;
} REASONS[] = {
    {SSL_R_WRONG_VERSION_NUMBER, BLAME_PLAIN_SERVER},
    {SSL_R_PACKET_LENGTH_TOO_LONG, BLAME_PLAIN_SERVER},
    {SSL_R_UNSUPPORTED_PROTOCOL, BLAME_OLD_SERVER},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, BLAME_OLD_SERVER},
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, BLAME_NO_CERTIFICATE},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, BLAME_HANDSHAKE},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, BLAME_OUR_CERTIFICATE},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, BLAME_OUR_CERTIFICATE},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, BLAME_OUR_CERTIFICATE},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, BLAME_OUR_CERTIFICATE},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, BLAME_OUR_CERTIFICATE},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, BLAME_OUR_CERTIFICATE},
    {SSL_R_TLSV1_ALERT_ACCESS_DENIED, BLAME_OUR_CERTIFICATE},
};

static enum blame blame_of(int reason, bool has_certificate)
{
    enum blame blame = BLAME_OTHER;
    for (size_t i = 0; i < ARRAY_LEN(REASONS); i++) {
        if (REASONS[i].reason == reason) {
            blame = REASONS[i].blame;
        }
    }
    // The server had to have one to refuse it; and one without may have been what it missed.
    bool is_about_ours = blame == BLAME_OUR_CERTIFICATE || blame == BLAME_NO_CERTIFICATE;
    return is_about_ours && !has_certificate             ? BLAME_NO_CERTIFICATE
           : blame == BLAME_NO_CERTIFICATE               ? BLAME_OUR_CERTIFICATE
           : blame == BLAME_HANDSHAKE && has_certificate ? BLAME_OTHER
                                                         : blame;
}

static enum err_kind blame_protocol(const struct redis_tls_failure *failure, struct err *err)
{
    const char *reason = redis_tls_reason();
    switch (blame_of(ERR_GET_REASON(ERR_peek_error()), failure->has_certificate)) {
    case BLAME_PLAIN_SERVER:
        return err_set(err, ERR_UNAVAILABLE,
                       "TLS: what the server sends is no TLS (%s); rediss:// needs its tls-port",
                       reason);
    case BLAME_OLD_SERVER:
        return err_set(err, ERR_UNAVAILABLE,
                       "TLS: the server has no TLS 1.2 or newer (%s); see its tls-protocols",
                       reason);
    case BLAME_NO_CERTIFICATE:
        return err_set(err, ERR_DENIED,
                       "TLS: the server demands a client certificate (%s); give one in tls_cert "
                       "and tls_key",
                       reason);
    case BLAME_HANDSHAKE:
        return err_set(err, ERR_DENIED,
                       "TLS: the server refuses the handshake (%s); if it demands a client "
                       "certificate, give one in tls_cert and tls_key",
                       reason);
    case BLAME_OUR_CERTIFICATE:
        return err_set(err, ERR_DENIED,
                       "TLS: the server refuses the client certificate in tls_cert (%s); it has to "
                       "be valid, and signed by an authority in the server's tls-ca-cert-file",
                       reason);
    case BLAME_OTHER:
        break;
    }
    return err_set(err, ERR_UNAVAILABLE, "TLS: %s", reason);
}

enum err_kind redis_tls_blame(const struct redis_tls_failure *failure, struct err *err)
{
    int what = SSL_get_error(failure->ssl, failure->status);
    if (what == SSL_ERROR_SSL) {
        return blame_protocol(failure, err);
    }
    if (what == SSL_ERROR_SYSCALL && failure->errno_value != 0) {
        return err_set_errno(err, ERR_UNAVAILABLE, failure->errno_value,
                             "the connection is broken");
    }
    return SSL_is_init_finished(failure->ssl)
               ? err_set(err, ERR_UNAVAILABLE, "the server closed the connection")
               : err_set(err, ERR_UNAVAILABLE,
                         "TLS: the server closed the connection in the handshake; rediss:// needs "
                         "its tls-port");
}
