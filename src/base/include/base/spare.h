// SPDX-License-Identifier: MIT
//
// Blocks of one size that come and go thousands of times a second: some that were given back are kept
// for those who take next, because of blocks of more than a kilobyte malloc has none at hand. With
// AddressSanitizer none is kept, so that it sees each use after the end. Thread: its owner's.
#pragma once

#include "base/check.h"

#include <stddef.h>

struct spare {
    size_t size; // of each block, at least a pointer's
    size_t max;  // blocks that are kept
    size_t count;
    void *first; // each kept block begins with the next one's address
};

// Nothing is kept yet.
void spare_init(struct spare *spare, size_t size, size_t max);
// Frees what is kept; blocks that were taken stay their owners'.
void spare_deinit(struct spare *spare);

// A zeroed block. Never NULL. It goes back with spare_give, to the same `spare`.
void *spare_take(struct spare *spare);
void spare_give(struct spare *spare, void *take_block);
