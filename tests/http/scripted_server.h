// SPDX-License-Identifier: MIT
//
// A server on 127.0.0.1 that answers each request with the bytes a test wrote down, right or
// wrong, on the test's own loop. Thread: the loop's.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum scripted_end { END_KEEP, END_CLOSE, END_RESET };

struct scripted_reply {
    const char *bytes;     // NULL: says nothing
    size_t len;            // 0: strlen(bytes)
    uint64_t fill_bytes;   // so many 'x' after them
    unsigned drip_ms;      // one byte of `bytes` at a time, with this pause; 0: all at once
    enum scripted_end end; // what happens to the connection afterwards
};

struct scripted_server {
    uv_loop_t *loop;
    uv_tcp_t listener;
    uint16_t port;
    const struct scripted_reply *replies; // the n-th request gets the n-th; the last one repeats
    size_t reply_count;
    unsigned connections; // accepted so far
    unsigned open;        // of them
    unsigned requests;
    uint64_t filled;         // of fill_bytes handed to the system
    char last_request[8192]; // its head
};

// The server must live until the loop has run empty after scripted_server_close.
void scripted_server_open(struct scripted_server *server, uv_loop_t *loop,
                          const struct scripted_reply *replies, size_t count);
// Stops listening. Connections end when the client closes them.
void scripted_server_close(struct scripted_server *server);
