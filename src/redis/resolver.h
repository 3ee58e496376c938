// SPDX-License-Identifier: MIT
//
// From a host name to numeric addresses, off the loop's thread; hiredis would block the loop and
// take the first address only. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    REDIS_ADDRESSES_MAX = 16,  // more of one name are not tried
    REDIS_ADDRESS_BYTES = 128, // numeric, IPv6 with scope
};

struct redis_addresses {
    size_t count;
    char text[REDIS_ADDRESSES_MAX][REDIS_ADDRESS_BYTES];
};

// `addresses` is NULL exactly when `err` is not; both are borrowed.
typedef void (*redis_resolved_cb)(void *owner, const struct redis_addresses *addresses,
                                  const struct err *err);

struct redis_resolver {
    uv_getaddrinfo_t request;
    uv_loop_t *loop;
    struct loop_closing *closing; // counts the request while it is under way
    redis_resolved_cb on_resolved;
    void *owner;
    bool is_busy;
    char *asked;  // the host that is looked up; NULL: none
    char *wanted; // looked up next, where it is another; NULL: none
};

// A numeric address needs no look-up: true, and *addresses_out holds it.
bool redis_resolver_is_numeric(const char *host, struct redis_addresses *addresses_out);

// Starts a look-up; the callback comes in a later turn. While one of the same host is under way, its
// answer is the answer to this call, too; one of another host is waited for and then forgotten.
enum err_kind redis_resolver_start(struct redis_resolver *resolver, const char *host,
                                   struct err *err);
// Gives up what is under way; its callback comes all the same, when the system lets go of it.
void redis_resolver_cancel(struct redis_resolver *resolver);
