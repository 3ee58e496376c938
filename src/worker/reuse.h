// SPDX-License-Identifier: MIT
//
// Counting again what was counted before: the outcomes of records that an earlier count met are
// taken from its cache (outcome_cache.h), the others are judged, and all of them are kept for the
// next count. The numbers are those of a count without a cache, byte for byte.
//
// Sums are linear: those of now are those of then, less the records that are gone, and with those
// that are new. So a record that was met before costs its digest and a comparison with the next one
// of the cache; only rows of records that are gone, or come twice, are looked at. As long as records
// come as they did, not even their ends are looked for: bytes of the length of the next one that
// have its digest are it, and hold no line end. Where one of the next few records fits, the count
// goes on there; where the order differs by more, a table of all digests says where. Lines that are
// blank or bad are never kept: they are judged, and said, each time.
//
//   reuse_create -> (per block, on any thread) reuse_run_block -> (in order) reuse_take
//   -> reuse_complete
//
// Memory: of each record of the cache 25 bytes, and 8 to 32 more where the order differed; of each
// new record 24 bytes and a row. Thread: one, but for reuse_run_block.
#pragma once

#include "domain/diag.h"
#include "eval/evaluator.h"
#include "reuse_found.h"
#include "worker/rulebook.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reuse;

struct reuse_input {
    const char *path;                  // of the cache
    const struct rulebook *rulebook;   // borrowed
    const struct evaluator *evaluator; // of all its rules; borrowed
    int64_t as_of_ms;
};

// Reads the cache. One that cannot be used is a warning in `problems` that says why.
struct reuse *reuse_create(const struct reuse_input *input, struct diags *problems);
void reuse_destroy(struct reuse **reuse);

// Where a thread goes on in the cache. Zeroed at first.
struct reuse_cursor {
    size_t next;   // record that is looked for first
    size_t misses; // since the last one that was there
    bool jumps;    // its blocks do not follow one another: other threads have those between
};

// Counts the block's lines as evaluator_run_block does, but for those that the cache has. Adds to
// `found`. Returns how many lines the block had.
size_t reuse_run_block(struct reuse *reuse, struct reuse_cursor *cursor, struct eval_lane *lane,
                       const struct eval_block *block, struct reuse_found *found,
                       struct diags *problems);

// Takes what the next block was, and leaves `found` empty. `lane` is one that no thread runs.
void reuse_take(struct reuse *reuse, struct eval_lane *lane, struct reuse_found *found);

// After the last block: makes the counts whole and writes the cache. `lane` holds what all lanes
// counted. A cache that cannot be written is a warning in `problems`. ERR_IO: the one that was read
// could not be read again, or somebody changed it meanwhile, so that there are no counts.
enum err_kind reuse_complete(struct reuse *reuse, struct eval_lane *lane,
                             struct eval_counts *counts_out, struct diags *problems,
                             struct err *err);

// Records whose outcomes came from the cache.
uint64_t reuse_count(const struct reuse *reuse);
