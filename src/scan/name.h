// SPDX-License-Identifier: MIT
//
// Names of members: a quick hash, and equality. Private to the room. Thread: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { NAME_PADDING = 8 };

// NAME_PADDING bytes behind a name have to be readable. Names that are equal have the same hash; nobody may
// rely on more, for whoever writes a document can make others meet.
static inline uint64_t name_load(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

static inline uint64_t name_hash_long(const char *name, size_t len)
{
    static const uint64_t FACTOR = UINT64_C(0xd6e8feb86659fd93);
    uint64_t hash = len;
    for (size_t i = 0; i + 8 < len; i += 8) {
        hash = (hash ^ name_load(name + i)) * FACTOR;
        hash ^= hash >> 32;
    }
    return hash ^ name_load(name + len - 8);
}

static inline uint32_t name_hash(const char *name, size_t len)
{
    static const uint64_t FACTOR = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash;
    if (len < 8) {
        // The bytes behind the name are shifted out.
        hash = len == 0 ? 0 : name_load(name) << (64 - 8 * len);
    } else {
        hash = name_hash_long(name, len);
    }
    hash = (hash ^ len) * FACTOR;
    return (uint32_t)(hash >> 32);
}

static inline bool name_equals(const char *a, const char *b, size_t len)
{
    if (len <= 8) {
        return len == 0 || (name_load(a) ^ name_load(b)) << (64 - 8 * len) == 0;
    }
    uint64_t differences = name_load(a + len - 8) ^ name_load(b + len - 8);
    for (size_t i = 0; i + 8 < len; i += 8) {
        differences |= name_load(a + i) ^ name_load(b + i);
    }
    return differences == 0;
}
