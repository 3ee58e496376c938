// SPDX-License-Identifier: MIT
//
// Whether a certificate and a private key can serve TLS together, before a server is given them:
// libmicrohttpd says no more than that it did not start. Blocking, short. Thread: any.
#pragma once

#include "base/err.h"
#include "base/secret.h"

// Both PEM; behind the first certificate may stand those that lead to the authority. The names are
// those of the two for the error, whose message never shows the key. ERR_CONFIG when the certificate
// is none, when the key is none or has a passphrase, or when the two do not belong together.
struct tls_pair {
    const char *certificate;
    const char *certificate_name;
    const struct secret *key;
    const char *key_name;
};
enum err_kind tls_pair_check(const struct tls_pair *pair, struct err *err);
