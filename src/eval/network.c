// SPDX-License-Identifier: MIT
#include "network.h"

#include <arpa/inet.h>
#include <string.h>

static bool parse_address(const char *text, size_t len, struct network *network)
{
    char address[INET6_ADDRSTRLEN];
    if (len >= sizeof(address) || memchr(text, '\0', len) != NULL) {
        return false;
    }
    memcpy(address, text, len);
    address[len] = '\0';
    bool is_v6 = strchr(address, ':') != NULL;
    network->width = is_v6 ? 128 : 32;
    return inet_pton(is_v6 ? AF_INET6 : AF_INET, address, network->address) == 1;
}

static bool parse_prefix(const char *text, size_t len, unsigned width, unsigned *prefix_out)
{
    if (len == 0 || len > 3 || (len > 1 && text[0] == '0')) {
        return false;
    }
    unsigned prefix = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        prefix = prefix * 10 + (unsigned)(text[i] - '0');
    }
    *prefix_out = prefix;
    return prefix <= width;
}

bool network_parse(const char *text, size_t len, struct network *network_out)
{
    struct network network = {0};
    const char *slash = memchr(text, '/', len);
    size_t address_len = slash == NULL ? len : (size_t)(slash - text);
    if (!parse_address(text, address_len, &network)) {
        return false;
    }
    network.prefix = network.width;
    if (slash != NULL &&
        !parse_prefix(slash + 1, len - address_len - 1, network.width, &network.prefix)) {
        return false;
    }
    *network_out = network;
    return true;
}

static bool bit_of(const struct network *network, unsigned bit)
{
    return (network->address[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

bool network_has_host_bits(const struct network *network)
{
    for (unsigned bit = network->prefix; bit < network->width; bit++) {
        if (bit_of(network, bit)) {
            return true;
        }
    }
    return false;
}

struct network network_without_host_bits(const struct network *network)
{
    struct network masked = *network;
    for (unsigned bit = network->prefix; bit < network->width; bit++) {
        masked.address[bit / 8] &= (unsigned char)~(0x80U >> bit % 8);
    }
    return masked;
}

bool network_contains(const struct network *outer, const struct network *inner)
{
    if (outer->width != inner->width || outer->prefix > inner->prefix) {
        return false;
    }
    for (unsigned bit = 0; bit < outer->prefix; bit++) {
        if (bit_of(outer, bit) != bit_of(inner, bit)) {
            return false;
        }
    }
    return true;
}
