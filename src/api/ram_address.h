// SPDX-License-Identifier: MIT
//
// IP addresses and the ranges of them that conditions name. An IPv4 address that IPv6 carries
// (::ffff:a.b.c.d, RFC 4291, 2.5.5.2) is the IPv4 address. Pure. Thread: any.
#pragma once

#include <stdbool.h>

enum { RAM_ADDRESS_BYTES = 16, RAM_ADDRESS_TEXT_BYTES = 46 };

struct ram_address {
    bool is_v6;
    unsigned char bytes[RAM_ADDRESS_BYTES]; // of IPv4 the first four
    unsigned prefix_bits;                   // all bits: one address
};

// "10.0.0.1", "10.0.0.0/8", "2001:db8::/32". False for anything else. Bits behind the prefix may be
// set, and do not count.
bool ram_address_parse(const char *text, struct ram_address *address_out);

// Whether the address, which is one, lies in the range.
bool ram_address_is_in(const struct ram_address *address, const struct ram_address *range);

void ram_address_write(const struct ram_address *address, char out[RAM_ADDRESS_TEXT_BYTES]);
