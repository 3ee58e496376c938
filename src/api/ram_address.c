// SPDX-License-Identifier: MIT
#include "ram_address.h"

#include "base/check.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { V4_BYTES = 4, V4_BITS = 32, V6_BITS = 128, MAPPED_BYTES = 12, MAPPED_BITS = 96 };

_Static_assert(RAM_ADDRESS_TEXT_BYTES == INET6_ADDRSTRLEN, "the longest address and its NUL");

static const unsigned char MAPPED[MAPPED_BYTES] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// 0 to `bits`, in decimal without zeros before it.
static bool parse_prefix(const char *text, unsigned bits, unsigned *prefix_out)
{
    size_t len = strlen(text);
    int64_t prefix = 0;
    bool right = len <= 3 && text_to_int64(text, len, &prefix) && prefix >= 0 && prefix <= bits &&
                 text[0] != '-' && (text[0] != '0' || len == 1);
    *prefix_out = (unsigned)prefix;
    return right;
}

// ::ffff:10.0.0.0/104 is 10.0.0.0/8.
static void unmap(struct ram_address *address)
{
    if (address->is_v6 && address->prefix_bits >= MAPPED_BITS &&
        memcmp(address->bytes, MAPPED, MAPPED_BYTES) == 0) {
        memmove(address->bytes, address->bytes + MAPPED_BYTES, V4_BYTES);
        memset(address->bytes + V4_BYTES, 0, MAPPED_BYTES);
        address->prefix_bits -= MAPPED_BITS;
        address->is_v6 = false;
    }
}

bool ram_address_parse(const char *text, struct ram_address *address_out)
{
    char host[RAM_ADDRESS_TEXT_BYTES];
    const char *slash = strchr(text, '/');
    size_t host_len = slash == NULL ? strlen(text) : (size_t)(slash - text);
    if (host_len >= sizeof(host)) {
        return false;
    }
    (void)snprintf(host, sizeof(host), "%.*s", (int)host_len, text);
    struct ram_address address = {.is_v6 = strchr(host, ':') != NULL};
    unsigned bits = address.is_v6 ? V6_BITS : V4_BITS;
    address.prefix_bits = bits;
    if (inet_pton(address.is_v6 ? AF_INET6 : AF_INET, host, address.bytes) != 1 ||
        (slash != NULL && !parse_prefix(slash + 1, bits, &address.prefix_bits))) {
        return false;
    }
    unmap(&address);
    *address_out = address;
    return true;
}

bool ram_address_is_in(const struct ram_address *address, const struct ram_address *range)
{
    size_t whole = range->prefix_bits / 8;
    unsigned rest = range->prefix_bits % 8;
    if (address->is_v6 != range->is_v6 || memcmp(address->bytes, range->bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || (address->bytes[whole] ^ range->bytes[whole]) >> (8 - rest) == 0;
}

void ram_address_write(const struct ram_address *address, char out[RAM_ADDRESS_TEXT_BYTES])
{
    const char *written =
        inet_ntop(address->is_v6 ? AF_INET6 : AF_INET, address->bytes, out, RAM_ADDRESS_TEXT_BYTES);
    ENSURE(written != NULL);
}
