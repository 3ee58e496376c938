// SPDX-License-Identifier: MIT
#include "resolve.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <netdb.h>

enum { ADDRESSES_BYTES = RESOLVER_ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3) };

struct resolver_entry {
    uv_getaddrinfo_t lookup;
    struct resolver *resolver;
    TAILQ_ENTRY(resolver_entry) link;
    TAILQ_HEAD(resolver_waits, resolver_wait) waits;
    bool is_pending; // libuv holds `lookup`: the memory must stay
    char *host;
    char *addresses; // NULL while pending
    int64_t fresh_until_ms;
};

void resolver_init(struct resolver *resolver, uv_loop_t *loop, struct loop_closing *closing)
{
    *resolver = (struct resolver){.loop = loop, .closing = closing};
    TAILQ_INIT(&resolver->entries);
}

static void entry_destroy(struct resolver_entry *entry)
{
    REQUIRE(!entry->is_pending);
    TAILQ_REMOVE(&entry->resolver->entries, entry, link);
    entry->resolver->count--;
    mem_free(&entry->host);
    mem_free(&entry->addresses);
    mem_free(&entry);
}

void resolver_stop(struct resolver *resolver)
{
    resolver->is_stopped = true;
    struct resolver_entry *next = NULL;
    for (struct resolver_entry *entry = TAILQ_FIRST(&resolver->entries); entry != NULL;
         entry = next) {
        next = TAILQ_NEXT(entry, link);
        REQUIRE(TAILQ_EMPTY(&entry->waits));
        if (entry->is_pending) {
            // Fails when a thread has begun with it; the callback comes in either case.
            (void)uv_cancel((uv_req_t *)&entry->lookup);
        } else {
            entry_destroy(entry);
        }
    }
}

static struct resolver_entry *find_entry(const struct resolver *resolver, const char *host)
{
    struct resolver_entry *entry = TAILQ_FIRST(&resolver->entries);
    while (entry != NULL && !text_equals_ignore_case(entry->host, host)) {
        entry = TAILQ_NEXT(entry, link);
    }
    return entry;
}

const char *resolver_find(const struct resolver *resolver, const char *host)
{
    const struct resolver_entry *entry = find_entry(resolver, host);
    bool is_fresh =
        entry != NULL && !entry->is_pending && clock_monotonic_ms() < entry->fresh_until_ms;
    return is_fresh ? entry->addresses : NULL;
}

static bool append_address(struct buf *out, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN];
    const char *comma = out->len > 0 ? "," : "";
    if (address->sa_family == AF_INET &&
        uv_ip4_name((const struct sockaddr_in *)(const void *)address, text, sizeof(text)) == 0) {
        return buf_append_format(out, "%s%s", comma, text);
    }
    if (address->sa_family == AF_INET6 &&
        uv_ip6_name((const struct sockaddr_in6 *)(const void *)address, text, sizeof(text)) == 0) {
        return buf_append_format(out, "%s[%s]", comma, text);
    }
    return false;
}

// The list as text; NULL when it holds no usable address.
static char *list_addresses(const struct addrinfo *results)
{
    struct buf text;
    buf_init(&text, ADDRESSES_BYTES);
    unsigned count = 0;
    for (; results != NULL && count < RESOLVER_ADDRESSES_MAX; results = results->ai_next) {
        count += append_address(&text, results->ai_addr) ? 1 : 0;
    }
    return count == 0 ? NULL : buf_take(&text);
}

static void wake_waits(struct resolver_entry *entry, const struct err *err)
{
    struct resolver_wait *wait;
    while ((wait = TAILQ_FIRST(&entry->waits)) != NULL) {
        TAILQ_REMOVE(&entry->waits, wait, link);
        wait->entry = NULL;
        wait->on_resolved(wait, entry->addresses, entry->addresses == NULL ? err : NULL);
    }
}

static void on_lookup(uv_getaddrinfo_t *lookup, int status, struct addrinfo *results)
{
    struct resolver_entry *entry = container_of(lookup, struct resolver_entry, lookup);
    struct resolver *resolver = entry->resolver;
    struct err err = ERR_INIT;
    if (status == 0) {
        entry->addresses = list_addresses(results);
    }
    if (entry->addresses == NULL) {
        (void)err_set(&err, ERR_UNAVAILABLE, "resolve %s: %s", entry->host,
                      status == 0 ? "no usable address" : uv_strerror(status));
    }
    uv_freeaddrinfo(results);
    entry->is_pending = false;
    entry->fresh_until_ms = clock_monotonic_ms() + RESOLVER_KEEP_MS;
    wake_waits(entry, &err);
    if (entry->addresses == NULL || resolver->is_stopped) {
        entry_destroy(entry);
    }
    loop_closing_down(resolver->closing);
}

// Makes room for one more name. When every name is being looked up, none can go; their number is
// then bounded by the number of transfers.
static void make_room(struct resolver *resolver)
{
    struct resolver_entry *entry = TAILQ_FIRST(&resolver->entries);
    while (entry != NULL && entry->is_pending) {
        entry = TAILQ_NEXT(entry, link);
    }
    if (resolver->count >= RESOLVER_HOSTS_MAX && entry != NULL) {
        entry_destroy(entry);
    }
}

static enum err_kind look_up(struct resolver *resolver, const char *host,
                             struct resolver_entry **entry_out, struct err *err)
{
    struct resolver_entry *entry = mem_alloc(1, sizeof(*entry));
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    int status = uv_getaddrinfo(resolver->loop, &entry->lookup, on_lookup, host, NULL, &hints);
    if (status != 0) {
        mem_free(&entry);
        return err_set(err, ERR_INVALID, "host name %s: %s", host, uv_strerror(status));
    }
    loop_closing_up(resolver->closing);
    entry->resolver = resolver;
    entry->is_pending = true;
    entry->host = mem_text(host);
    TAILQ_INIT(&entry->waits);
    TAILQ_INSERT_TAIL(&resolver->entries, entry, link);
    resolver->count++;
    *entry_out = entry;
    return ERR_OK;
}

enum err_kind resolver_start(struct resolver *resolver, struct resolver_wait *wait,
                             const char *host, struct err *err)
{
    REQUIRE(wait->entry == NULL);
    struct resolver_entry *entry = find_entry(resolver, host);
    if (entry != NULL && !entry->is_pending) {
        entry_destroy(entry);
        entry = NULL;
    }
    if (entry == NULL) {
        make_room(resolver);
        enum err_kind kind = look_up(resolver, host, &entry, err);
        if (kind != ERR_OK) {
            return kind;
        }
    }
    wait->entry = entry;
    TAILQ_INSERT_TAIL(&entry->waits, wait, link);
    return ERR_OK;
}

void resolver_cancel(struct resolver_wait *wait)
{
    if (wait->entry != NULL) {
        TAILQ_REMOVE(&wait->entry->waits, wait, link);
        wait->entry = NULL;
    }
}

void resolver_forget(struct resolver *resolver, const char *host)
{
    struct resolver_entry *entry = find_entry(resolver, host);
    if (entry != NULL && !entry->is_pending) {
        entry_destroy(entry);
    }
}
