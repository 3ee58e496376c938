// SPDX-License-Identifier: MIT
//
// Host names to addresses, by uv_getaddrinfo, with a small cache.
//
// Not by curl's own resolver: with it the removal of a transfer may wait for getaddrinfo to end,
// and a cancel would block the loop. Here a wait is taken off a lookup at once; the lookup itself
// goes on and fills the cache. Many waits for one name share one lookup, because the lookups of
// libuv share few threads. Failures are not kept. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"

#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

enum {
    RESOLVER_HOSTS_MAX = 64,      // names kept; the oldest goes first
    RESOLVER_ADDRESSES_MAX = 16,  // addresses kept of one name
    RESOLVER_KEEP_MS = 60 * 1000, // getaddrinfo does not tell the TTL of a name
};

struct resolver_entry;

struct resolver {
    uv_loop_t *loop;
    struct loop_closing *closing; // borrowed; one up per lookup under way
    TAILQ_HEAD(resolver_entries, resolver_entry) entries;
    size_t count;
    bool is_stopped;
};

// A place in the queue for one name; embedded in its owner.
struct resolver_wait {
    // Addresses as CURLOPT_RESOLVE takes them ("192.0.2.1,[2001:db8::1]"), or NULL and the error.
    void (*on_resolved)(struct resolver_wait *wait, const char *addresses, const struct err *err);
    struct resolver_entry *entry; // NULL: not waiting
    TAILQ_ENTRY(resolver_wait) link;
};

void resolver_init(struct resolver *resolver, uv_loop_t *loop, struct loop_closing *closing);
// Nobody waits any more. Lookups under way are cancelled or end by themselves, and count
// `closing` down when they do; the memory of `resolver` is needed until then.
void resolver_stop(struct resolver *resolver);

// Addresses that are still fresh, or NULL. Valid until the next call.
const char *resolver_find(const struct resolver *resolver, const char *host);

// Looks a name up; on_resolved comes in a later turn, unless an error (ERR_INVALID) is returned.
enum err_kind resolver_start(struct resolver *resolver, struct resolver_wait *wait,
                             const char *host, struct err *err);
// Leaves the queue without a callback. Nothing happens when `wait` is in none.
void resolver_cancel(struct resolver_wait *wait);

// Drops what is known of a name, when nothing answered at its addresses.
void resolver_forget(struct resolver *resolver, const char *host);
