// SPDX-License-Identifier: MIT
//
// A quick hash of members' names. Private to the room. Thread: any.
#pragma once

#include "base/words.h"

// WORD_BYTES behind the name are readable. Names that are equal have the same hash; nobody may rely
// on more, for whoever writes a document can make others meet.
static inline uint32_t name_hash(const char *name, size_t len)
{
    static const uint64_t FACTOR = UINT64_C(0x9e3779b97f4a7c15);
    struct word_ends ends = word_ends(name, len);
    uint64_t hash = ends.first ^ (ends.last << 29 | ends.last >> 35) ^ len;
    for (size_t i = WORD_BYTES; i + WORD_BYTES < len; i += WORD_BYTES) {
        hash = hash * FACTOR ^ word_load(name + i);
        hash ^= hash >> 32;
    }
    return (uint32_t)(hash * FACTOR >> 32);
}
