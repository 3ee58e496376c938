// SPDX-License-Identifier: MIT
//
// The address of a Redis as settings and command lines give it: unix:/path, host:port, host,
// [IPv6]:port, or redis://host[:port], rediss://host[:port] for TLS (IANA's names of these schemes);
// and those of its Sentinels, or of a cluster's nodes. Thread: any.
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

enum {
    REDIS_ADDRESS_HOST_MAX = 253,
    REDIS_ADDRESS_PORT = 6379,
    SENTINEL_ADDRESS_PORT = 26379,
    SENTINEL_ADDRESSES_MAX = 16,
    CLUSTER_ADDRESSES_MAX = 16,
};

struct redis_address {
    char unix_path[sizeof(((struct sockaddr_un *)0)->sun_path)]; // "" for TCP
    char host[REDIS_ADDRESS_HOST_MAX + 1];                       // without brackets; "" for Unix
    uint16_t port;
    bool tls;
};

// ERR_CONFIG with what would be right. An address with a user or a password is refused: they are
// settings of their own. So is rediss:// in a build without TLS to Redis (redis/tls.h).
enum err_kind redis_address_parse(const char *text, struct redis_address *address_out,
                                  struct err *err);

struct sentinel_addresses {
    struct redis_address list[SENTINEL_ADDRESSES_MAX]; // none of a Unix socket
    size_t count;
    bool tls;
};
_Static_assert((int)CLUSTER_ADDRESSES_MAX == (int)SENTINEL_ADDRESSES_MAX, "one struct for both");

// "host:port, host, [IPv6]:port", at least one; rediss:// before each of them or none, for what they
// name is reached in the same way. ERR_CONFIG that quotes the one which is wrong.
enum err_kind sentinel_addresses_parse(const char *text, struct sentinel_addresses *addresses_out,
                                       struct err *err);
// The same of nodes of a cluster, whose default port is that of Redis.
enum err_kind cluster_addresses_parse(const char *text, struct sentinel_addresses *addresses_out,
                                      struct err *err);
