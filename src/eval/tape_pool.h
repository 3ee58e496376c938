// SPDX-License-Identifier: MIT
//
// Tapes of documents that stand as text inside of a record: any number of them, all of which live
// until the pool is reset. Thread: its owner's.
#pragma once

#include "base/arena.h"
#include "base/span.h"
#include "scan/scanner.h"

struct tape_pool {
    const struct scan_kernel *kernel;
    struct scanner *scanner; // NULL until the first text
    struct arena arena;
};

void tape_pool_init(struct tape_pool *pool, const struct scan_kernel *kernel);
void tape_pool_deinit(struct tape_pool *pool);
void tape_pool_reset(struct tape_pool *pool);

// NULL when the text is not accepted (scan/scanner.h). The text is borrowed until the reset, and
// has SCAN_PADDING readable bytes behind it.
struct tape *tape_pool_scan(struct tape_pool *pool, struct span text);
