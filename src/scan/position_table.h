// SPDX-License-Identifier: MIT
//
// For each value of a byte the numbers of its bits that are set, ascending, one byte each, the
// first lowest; and how many these are. Private to the room.
#pragma once

#include <stdint.h>

// Bit i stands behind as many others as there are set bits below it.
#define POSITION_OF(m, i)                                                                          \
    (((m) >> (i)&1U) != 0                                                                          \
         ? (uint64_t)(i) << (8 * __builtin_popcount((unsigned)(m) & ((1U << (i)) - 1)))            \
         : 0)
#define POSITIONS(m)                                                                               \
    (POSITION_OF(m, 0) | POSITION_OF(m, 1) | POSITION_OF(m, 2) | POSITION_OF(m, 3) |               \
     POSITION_OF(m, 4) | POSITION_OF(m, 5) | POSITION_OF(m, 6) | POSITION_OF(m, 7))
#define POSITIONS_4(m) POSITIONS(m), POSITIONS((m) + 1), POSITIONS((m) + 2), POSITIONS((m) + 3)
#define POSITIONS_16(m)                                                                            \
    POSITIONS_4(m), POSITIONS_4((m) + 4), POSITIONS_4((m) + 8), POSITIONS_4((m) + 12)
#define POSITIONS_64(m)                                                                            \
    POSITIONS_16(m), POSITIONS_16((m) + 16), POSITIONS_16((m) + 32), POSITIONS_16((m) + 48)

static const uint64_t POSITION_TABLE[256] = {POSITIONS_64(0), POSITIONS_64(64), POSITIONS_64(128),
                                             POSITIONS_64(192)};

#define COUNT(m)     ((uint8_t)__builtin_popcount(m))
#define COUNTS_4(m)  COUNT(m), COUNT((m) + 1), COUNT((m) + 2), COUNT((m) + 3)
#define COUNTS_16(m) COUNTS_4(m), COUNTS_4((m) + 4), COUNTS_4((m) + 8), COUNTS_4((m) + 12)
#define COUNTS_64(m) COUNTS_16(m), COUNTS_16((m) + 16), COUNTS_16((m) + 32), COUNTS_16((m) + 48)

static const uint8_t POSITION_COUNTS[256] = {COUNTS_64(0), COUNTS_64(64), COUNTS_64(128),
                                             COUNTS_64(192)};
