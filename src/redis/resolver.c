// SPDX-License-Identifier: MIT
#include "resolver.h"

#include "base/mem.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void take_addresses(const struct addrinfo *list, struct redis_addresses *addresses)
{
    addresses->count = 0;
    for (; list != NULL && addresses->count < REDIS_ADDRESSES_MAX; list = list->ai_next) {
        char *text = addresses->text[addresses->count];
        if (getnameinfo(list->ai_addr, list->ai_addrlen, text, REDIS_ADDRESS_BYTES, NULL, 0,
                        NI_NUMERICHOST) == 0) {
            addresses->count++;
        }
    }
}

bool redis_resolver_is_numeric(const char *host, struct redis_addresses *addresses_out)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    if (getaddrinfo(host, NULL, &hints, &list) != 0) {
        return false;
    }
    take_addresses(list, addresses_out);
    freeaddrinfo(list);
    return addresses_out->count > 0;
}

// What was asked for meanwhile, in place of an answer that nobody wants any more.
static bool look_up_wanted(struct redis_resolver *resolver)
{
    if (resolver->wanted == NULL) {
        return false;
    }
    char *host = resolver->wanted;
    resolver->wanted = NULL;
    struct err err = ERR_INIT;
    if (redis_resolver_start(resolver, host, &err) != ERR_OK) {
        resolver->on_resolved(resolver->owner, NULL, &err);
    }
    mem_free(&host);
    return true;
}

static void on_getaddrinfo(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct redis_resolver *resolver = container_of(request, struct redis_resolver, request);
    resolver->is_busy = false;
    mem_free(&resolver->asked);
    if (look_up_wanted(resolver)) {
        uv_freeaddrinfo(list);
        loop_closing_down(resolver->closing);
        return;
    }
    struct redis_addresses addresses = {0};
    struct err err = ERR_INIT;
    if (status < 0) {
        (void)loop_err(&err, status, "resolve");
    } else {
        take_addresses(list, &addresses);
        uv_freeaddrinfo(list);
        if (addresses.count == 0) {
            (void)err_set(&err, ERR_UNAVAILABLE, "resolve: the name has no address");
        }
    }
    bool failed = err.kind != ERR_OK;
    resolver->on_resolved(resolver->owner, failed ? NULL : &addresses, failed ? &err : NULL);
    loop_closing_down(resolver->closing);
}

enum err_kind redis_resolver_start(struct redis_resolver *resolver, const char *host,
                                   struct err *err)
{
    mem_free(&resolver->wanted);
    if (resolver->is_busy) {
        if (strcmp(resolver->asked, host) != 0) {
            resolver->wanted = mem_text(host);
        }
        return ERR_OK;
    }
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    int status =
        uv_getaddrinfo(resolver->loop, &resolver->request, on_getaddrinfo, host, NULL, &hints);
    if (status < 0) {
        return loop_err(err, status, "resolve");
    }
    resolver->is_busy = true;
    resolver->asked = mem_text(host);
    loop_closing_up(resolver->closing);
    return ERR_OK;
}

void redis_resolver_cancel(struct redis_resolver *resolver)
{
    mem_free(&resolver->wanted);
    if (resolver->is_busy) {
        // Fails when a thread is already at work on it (docs, uv_cancel); then it is waited for.
        (void)uv_cancel((uv_req_t *)&resolver->request);
    }
}
