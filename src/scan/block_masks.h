// SPDX-License-Identifier: MIT
//
// What a kernel says of 64 bytes: one bit a byte, the first byte lowest. Private to the room.
#pragma once

#include <stdint.h>

struct block_masks {
    uint64_t quote;
    uint64_t backslash;
    uint64_t mark;    // { } [ ] : ,
    uint64_t blank;   // space, tab, line feed, carriage return
    uint64_t control; // below 0x20
    uint64_t high;    // 0x80 and above
};
