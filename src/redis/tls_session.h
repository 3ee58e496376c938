// SPDX-License-Identifier: MIT
//
// TLS under one hiredis context, by the table of functions that hiredis 1.1 and later reads and
// writes with (hiredis.h, redisContextFuncs).
//
// Not by redisInitiateSSL of libhiredis_ssl 1.2, for three reasons (its ssl.c): it drops the reason
// of a failure in favour of errno; it lets a full socket wait for a *read* when an earlier read had
// nothing (a large command then never gets out); and when it fails, the context crashes at the next
// event (hiredis#1233). Thread: the loop's.
#pragma once

#include "base/err.h"
#include "hiredis_api.h"
#include "redis/tls.h"

#include <stdbool.h>

struct redis_tls_session;

// Puts TLS under a context that has begun to connect. `host` is what the server's certificate must
// name (a name or a numeric address) where `tls` says nothing else. The context frees the session.
// ERR_CONFIG when `host` cannot be verified, or without TLS in this build.
enum err_kind redis_tls_session_attach(const struct redis_tls *tls, const char *host,
                                       redisAsyncContext *context,
                                       struct redis_tls_session **session_out, struct err *err);

// Begins the handshake, once the socket is connected. It goes on with each read of the context.
void redis_tls_session_begin(struct redis_tls_session *session);
// The handshake is done, and the server is who it should be.
bool redis_tls_session_is_secure(const struct redis_tls_session *session);
// Bytes were received that no event of the socket will tell of: read again.
bool redis_tls_session_has_unread(const struct redis_tls_session *session);

// Why it has failed, ERR_OK while it has not: ERR_DENIED where somebody has to change something (a
// certificate on either side), else ERR_UNAVAILABLE.
const struct err *redis_tls_session_failure(const struct redis_tls_session *session);
