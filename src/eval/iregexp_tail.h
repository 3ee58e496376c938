// SPDX-License-Identifier: MIT
//
// What any text that matches has: a length, and something that stands near its end. A look at one
// byte tells most texts that do not match a pattern like "-[0-9a-f]{6}$". Pure. Thread: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iregexp_node;
struct iregexp_sets;

// No text matches that has fewer than `shortest` bytes, or of which the byte `distance` bytes before
// the end (1: the last) is not one of those whose bit is set, all ASCII. A distance of 0: nothing is
// known of any byte. Zeroed, it fits each text.
struct iregexp_tail {
    uint64_t bytes[2];
    uint32_t shortest;
    uint32_t distance;
};

// Of a parsed pattern, but for `shortest`: the byte that the fewest characters are possible for,
// among those whose place is certain.
struct iregexp_tail iregexp_tail_of(const struct iregexp_node *root,
                                    const struct iregexp_sets *sets);

static inline bool iregexp_tail_fits(const struct iregexp_tail *tail, const char *text, size_t len)
{
    if (len < tail->shortest || len < tail->distance) {
        return false;
    }
    if (tail->distance == 0) {
        return true;
    }
    const unsigned char byte = (unsigned char)text[len - tail->distance];
    return byte < 128 && (tail->bytes[byte / 64] >> byte % 64 & 1) != 0;
}
