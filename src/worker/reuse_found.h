// SPDX-License-Identifier: MIT
//
// What the records of a block, or of a whole inventory, were to a count that reuses outcomes
// (reuse.h). Thread: its owner's.
#pragma once

#include "base/buf.h"
#include "outcome_cache.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Records that follow one another in the cache, from `first` on, or new ones.
struct reuse_part {
    bool is_new;
    uint32_t first;
    size_t count;
};

// What is known of a record by its bytes.
struct reuse_record {
    struct keyed_digest digest;
    uint32_t len;
};

// In order.
struct reuse_found {
    struct reuse_part *parts;
    size_t part_count;
    size_t part_capacity;
    struct reuse_record *records; // the new ones
    size_t record_count;
    size_t record_capacity;
    struct buf rows; // of the new ones, one behind the other
};
void reuse_found_init(struct reuse_found *found);
void reuse_found_deinit(struct reuse_found *found);

// Adds what follows; it becomes one with the last part where that goes on.
void reuse_found_add_part(struct reuse_found *found, struct reuse_part part);
void reuse_found_add_records(struct reuse_found *found, const struct reuse_record *records,
                             size_t count);
// Adds all of `from`. False when its rows, or all, are more than OUTCOME_CACHE_BYTES_MAX: then
// neither is of use.
bool reuse_found_add_all(struct reuse_found *found, const struct reuse_found *from);
// Keeps the memory.
void reuse_found_reset(struct reuse_found *found);
