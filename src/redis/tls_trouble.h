// SPDX-License-Identifier: MIT
//
// What has gone wrong with TLS, in words for whoever can mend it: what it is, and what would be
// right. In a build with TLS only. Thread: any; looks at OpenSSL's error queue of the thread.
#pragma once

#include "base/err.h"

#include <openssl/ssl.h>
#include <stdbool.h>

// Why the certificate that `store` stands at was refused, when the server is to be `host`.
// ERR_DENIED.
enum err_kind redis_tls_distrust(X509_STORE_CTX *store, const char *host, struct err *err);

struct redis_tls_failure {
    const SSL *ssl;
    int status;           // what the call of OpenSSL returned
    int errno_value;      // right behind it
    bool has_certificate; // we have shown one, if we were asked
};

// Why a call of OpenSSL has failed that is not to be repeated. ERR_DENIED or ERR_UNAVAILABLE.
enum err_kind redis_tls_blame(const struct redis_tls_failure *failure, struct err *err);
