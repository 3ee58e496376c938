// SPDX-License-Identifier: MIT
//
// IP addresses and networks in CIDR notation (RFC 4632, RFC 4291): "10.0.0.0/8", "2001:db8::/32",
// or an address alone, which is the network of that one address. IPv4 and IPv6 never meet, also not
// where IPv6 embeds IPv4 (::ffff:10.0.0.1). Pure. Thread: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { NETWORK_ADDRESS_BYTES = 16 };

struct network {
    unsigned char address[NETWORK_ADDRESS_BYTES]; // network order; IPv4 in the first four
    unsigned width;                               // bits of an address: 32 or 128
    unsigned prefix;                              // bits that count
};

// False for anything else; blanks around it and zeros before a number are not allowed.
bool network_parse(const char *text, size_t len, struct network *network_out);

// Whether bits behind the prefix are set, as in 10.0.0.1/8; comparisons do not look at them.
bool network_has_host_bits(const struct network *network);
// The same network with none of them set.
struct network network_without_host_bits(const struct network *network);

// Whether every address of `inner` is one of `outer`.
bool network_contains(const struct network *outer, const struct network *inner);
