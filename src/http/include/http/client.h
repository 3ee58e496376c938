// SPDX-License-Identifier: MIT
//
// HTTP client: GET and POST by libcurl's multi interface on the loop. The only room that includes
// curl.
//
// HTTP/1.1, TLS verified, gzip decoded, no redirects, no cookies, no proxy from the environment;
// connect and total time limits; headers and decompressed body counted and capped. Names are
// resolved by uv_getaddrinfo so that a cancel is instant (K5). Rules obeyed inside:
// queue-pitfalls.md K1 to K9. Callbacks never run before the call that took them has returned. The
// program must ignore SIGPIPE: OpenSSL writes with write(2). Thread: the loop's.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct http_client;
struct http_transfer;

struct http_config {
    int64_t connect_timeout_ms;
    int64_t total_timeout_ms; // waiting for one of the connections to the host included
    size_t body_limit_bytes;  // after decompression
    bool allow_plain_http;
    const char *ca_file;    // NULL: the system's
    const char *user_agent; // "packreport/0.1.0"
    unsigned connections_per_host;
};

struct http_header {
    const char *name;
    const char *value;           // used when `secret` is NULL
    const struct secret *secret; // a value that no log or error text may show
};

struct http_request {
    const char *url; // absolute; path parts percent-encoded by the caller
    const struct http_header *headers;
    size_t header_count;
    struct span body;         // of a POST; `bytes` NULL: a GET
    int64_t total_timeout_ms; // 0: the config's
};

enum { HTTP_RETRY_AFTER_MAX_MS = 60 * 60 * 1000 }; // the longest wait that a server may ask for

// What came back: any status is a response, no error. Valid during the callback.
struct http_response {
    int status;
    struct buf *body;         // to be kept by buf_take
    const char *content_type; // "" when absent
    const char *request_id;   // X-Request-Id, "" when absent
    int64_t retry_after_ms;   // from Retry-After (seconds or HTTP date), cut; 0 when absent
    int64_t total_ms;
};

// Exactly one of response and err is not NULL. Kinds: ERR_UNAVAILABLE (refused, name not found, TLS
// refused, connection lost before or during the response, length not reached), ERR_TIMEOUT,
// ERR_LIMIT (body or headers too large), ERR_INVALID (bad URL, plain HTTP not allowed), ERR_CORRUPT
// (broken HTTP or encoding), ERR_CANCELLED.
typedef void (*http_done_cb)(void *context, const struct http_response *response,
                             const struct err *err);

// ERR_CONFIG when the CA file is not there.
enum err_kind http_client_create(uv_loop_t *loop, const struct http_config *config,
                                 struct http_client **client_out, struct err *err);
// Transfers under way call back first, with ERR_CANCELLED; none may be started any more.
void http_client_close(struct http_client *client, loop_closed_cb on_closed, void *owner);

// The request is copied. The transfer is the client's and ends with its callback. A POST must be
// one that does no harm when it comes twice: curl sends it again, unseen, when a connection that
// was kept turns out to be dead (K8).
struct http_transfer *http_send(struct http_client *client, const struct http_request *request,
                                http_done_cb callback, void *context);
// The callback comes with ERR_CANCELLED in a later turn of the loop; the connection is closed at
// once.
void http_cancel(struct http_transfer *transfer);
