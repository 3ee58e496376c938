// SPDX-License-Identifier: MIT
//
// What redis/tls.h hides, for the session. In a build with TLS only. Thread: as there.
#pragma once

#include "redis/tls.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

struct redis_tls {
    size_t refs;
    SSL_CTX *context;
    char *server_name; // NULL: the host asked for
    bool has_certificate;
};

// The oldest error in OpenSSL's queue of this thread, in its words.
const char *redis_tls_reason(void);
