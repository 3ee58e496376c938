// SPDX-License-Identifier: MIT
//
// HTTP/1.1 server on the loop, by libmicrohttpd: its epoll descriptor is polled by libuv, and a
// connection rests (suspended) while its answer is made. The only room that includes microhttpd.
//
// What a request must be to reach the handler: at most `header_bytes` of request line and headers,
// at most `body_bytes` of body, no Content-Length beside Transfer-Encoding and none given twice (RFC
// 9112, 6.3), one Host of at most HTTP_HOST_BYTES_MAX (3.2), no control character in the target.
// Anything else is answered here, or by the library, with the status of RFC 9110 (400, 413, 414, 431,
// 501, 505), and the connection is closed. A connection that has not brought a whole request
// `request_timeout_ms` after its first line is closed, however steadily it drips; one that brings no
// line is closed after `idle_timeout_ms`. Past `connections_max` new ones wait in the system's
// backlog until one ends. Connections that stay open after an answer take `kept_bytes` at most; past
// that an answer says "Connection: close" and ends its own.
// Compression and ranges are left to the handler. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_HEADERS_MAX = 64,     // of a request; past it 431
    HTTP_HOST_BYTES_MAX = 255, // of the header Host
    HTTP_PEER_BYTES = 64,      // a numeric address and its NUL
    HTTP_ANSWER_HEADERS_MAX = 12,
};

struct http_server;
struct http_call; // one request, until it is answered

struct http_server_config {
    // "127.0.0.1:8080", "[::1]:8080", "*:8080" (all addresses, IPv6 and IPv4), or the absolute path
    // of a Unix socket, which is made with mode 0660 and takes the place of a socket that nobody
    // listens on. Port 0: any free one.
    const char *listen;
    bool is_local_only; // any other address than loopback and Unix sockets is ERR_CONFLICT
    unsigned connections_max;
    unsigned connections_per_peer_max; // 0: no limit; never for a Unix socket
    size_t header_bytes;               // 1 KiB or more
    size_t kept_bytes;                 // 0: no connection stays open after an answer
    size_t body_bytes;
    int64_t request_timeout_ms; // 1 s or more
    int64_t idle_timeout_ms;    // 1 s or more
    // PEM, both or none; copied. TLS 1.2 and later.
    const struct secret *tls_key;
    const char *tls_certificate;
};

// What a client sent; borrowed, valid until the call is answered.
struct http_field {
    struct span name; // as it was sent; compare without case
    struct span value;
};
struct http_incoming {
    struct span method; // "GET"
    struct span path;   // as it was sent, percent-encoded; begins with '/', or is "*"
    struct span query;  // as it was sent, without '?'; no bytes when there was none
    const struct http_field *fields;
    size_t field_count;
    struct span body;
    char peer[HTTP_PEER_BYTES]; // "" for a Unix socket
    bool is_tls;
};

// The first field of that name, compared without case, in `value_out`; how many there are.
size_t http_incoming_field(const struct http_incoming *incoming, const char *name,
                           struct span *value_out);

struct http_answer_header {
    const char *name;
    const char *value;
};
// Copied. `body_file` is a descriptor to be sent from `file_offset`, `file_len` bytes of it, and
// then closed, also when the client goes before; -1: `body` counts.
struct http_answer {
    int status; // 200 to 599
    const struct http_answer_header *headers;
    size_t header_count; // at most HTTP_ANSWER_HEADERS_MAX
    struct span body;
    int body_file;
    uint64_t file_offset;
    uint64_t file_len;
    bool is_last; // the connection is closed behind it
};

// Called once for each request. http_call_answer may be called in it, or later.
typedef void (*http_handler)(void *owner, struct http_call *call);

// ERR_CONFIG with what would be right for an address, key or certificate that cannot be used;
// ERR_UNAVAILABLE when the address is in use. Listens from here on.
enum err_kind http_server_create(uv_loop_t *loop, const struct http_server_config *config,
                                 http_handler handler, void *owner, struct http_server **server_out,
                                 struct err *err);
// Whether http_server_create would refuse `listen` and `is_local_only`, as far as that can be said
// without opening anything or resolving a name. ERR_CONFIG, and ERR_CONFLICT when it is local only and
// others would reach it.
enum err_kind http_server_check(const struct http_server_config *config, struct err *err);
// Takes no new connections. Requests under way go on.
void http_server_quiet(struct http_server *server);
// Requests that are not answered yet get no answer: whoever owns them has to let go of their calls
// before. Closes all connections.
void http_server_close(struct http_server *server, loop_closed_cb on_closed, void *owner);

// New connections get this key and certificate; only where there were some, and not after
// http_server_quiet. ERR_CONFIG when they cannot be used; then nothing changes.
enum err_kind http_server_set_tls(struct http_server *server, const struct secret *key,
                                  const char *certificate, struct err *err);

// "127.0.0.1:41753", or the path of the Unix socket.
const char *http_server_address(const struct http_server *server);
unsigned http_server_connections(const struct http_server *server);

const struct http_incoming *http_call_incoming(const struct http_call *call);
// Ends the call: `call` is gone afterwards. Also when the client has gone.
void http_call_answer(struct http_call *call, const struct http_answer *answer);
