// SPDX-License-Identifier: MIT
//
// The socket that a server listens on. Private to http. Thread: any; blocks for as long as a host's
// name takes to resolve.
#pragma once

#include "base/err.h"

#include <stdbool.h>

enum { LISTEN_ADDRESS_BYTES = 300 };

struct listen_socket {
    int fd;
    char address[LISTEN_ADDRESS_BYTES]; // "127.0.0.1:41753", "[::1]:8080", or a path
    bool is_unix;
    bool is_loopback;
};

// Listens on what http/server.h calls `listen`. ERR_CONFIG with what would be right, ERR_UNAVAILABLE
// when the address is in use, ERR_DENIED when it may not be taken.
enum err_kind listen_open(const char *where, struct listen_socket *socket_out, struct err *err);
// Whether listen_open would take it for an address, as far as that can be said without asking the
// system: names are not resolved, and nothing is opened. `local_out` is false for an address of which
// it is certain that other machines can reach it. ERR_CONFIG as above.
enum err_kind listen_check(const char *where, bool *local_out, struct err *err);
// A Unix socket's file goes, too.
void listen_close(struct listen_socket *socket);
