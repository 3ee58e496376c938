// SPDX-License-Identifier: MIT
//
// What a count with a cache knows, for reuse.c and reuse_write.c. Private to these. Thread: as reuse.h.
#pragma once

#include "base/keyed_digest.h"
#include "digest_index.h"
#include "outcome_cache.h"
#include "reuse.h"

struct reuse {
    const struct evaluator *evaluator; // borrowed
    char *path;
    struct outcome_cache_basis basis;
    unsigned char secret[KEYED_DIGEST_SECRET_BYTES];
    struct keyed_digest_key key;
    bool is_kept; // a cache is to be written
    bool is_too_long;

    struct outcome_cache old;
    uint32_t *row_begins; // where each record has its row, and where all rows end
    size_t row_count;
    size_t row_capacity;
    struct outcome_cache_window window;
    bool is_lost;   // its rows cannot be read any more
    uint8_t *taken; // by record: 1 when it was met in this run
    struct digest_index index;

    struct reuse_found all; // of the whole inventory
    size_t record_count;
    uint64_t reused;
};

// Writes the cache of this count in the place of the old one, which may be read from meanwhile.
// ERR_LIMIT: it would be too long; otherwise as outcome_cache_end.
enum err_kind reuse_write(const struct reuse *reuse, const struct eval_counts *counts,
                          struct err *err);
