// SPDX-License-Identifier: MIT
//
// Where a record of an inventory begins. Of a packed inventory: in what it holds, not in the file.
// Plain data. Thread: its owner's.
#pragma once

#include <stdint.h>

struct record_origin {
    uint64_t line;   // from 1
    uint64_t offset; // bytes, from 0
};
