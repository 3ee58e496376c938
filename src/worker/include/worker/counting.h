// SPDX-License-Identifier: MIT
//
// What the rules of a rulebook find in an inventory, in numbers: no pack, no findings, no report, no
// digest of the inventory, and no looking for duplicates, which count twice in a report as well.
// Several times as fast as a making, and several times again where a cache has most of the records.
// A cache changes nothing of the numbers and the problems of the inventory; whatever is wrong with
// it is a warning, unless somebody writes into it meanwhile. Blocking. Thread: any.
#pragma once

#include "base/err.h"
#include "worker/rulebook.h"

#include <stddef.h>
#include <stdint.h>

struct counting_input {
    struct rulebook *rulebook;  // borrowed
    const char *inventory_path; // "-" standard input
    const char *cache_path;     // of what an earlier count found and this one adds; NULL: none
    int64_t as_of_ms;
    unsigned threads;   // 1 or more
    size_t block_bytes; // 1 to INVENTORY_BLOCK_MAX_BYTES
};

struct counting {
    struct eval_counts counts;   // bad lines with those that the reader left out
    struct diags problems;       // of the inventory
    uint64_t bytes;              // of the inventory, packed or not
    struct diags cache_problems; // warnings: why the cache was not used, or not kept
    uint64_t reused;             // records whose outcomes came from the cache
};

// ERR_NOT_FOUND, ERR_IO, ERR_INVALID as inventory_open and inventory_next. ERR_IO as well when
// somebody writes into the cache while it is in use.
enum err_kind counting_run(const struct counting_input *input, struct counting *counting_out,
                           struct err *err);
void counting_deinit(struct counting *counting);
