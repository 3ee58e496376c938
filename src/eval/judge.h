// SPDX-License-Identifier: MIT
//
// What rules are judged on, and what is known of it already. With a cache each value of a record is
// looked for once and each clause judged once, however many rules have it; without one all is done
// anew each time, which is slow and simple: the oracle of the fast way. Thread: its owner's.
#pragma once

#include "clause_feature.h"
#include "clause_table.h"

struct judge_feature {
    bool is_found;
    struct feature feature;
};

struct judge_cache {
    const struct clause_table *table; // borrowed
    const uint32_t *picks;            // of the record, by slot
    struct judge_feature *features;   // by number
    uint32_t *found;                  // numbers of those that are found, to be forgotten
    size_t found_count;
    uint8_t *truths; // by number of the clause: 1 + enum truth, 0: not judged
};

struct judge {
    struct subject subject;
    struct judge_cache *cache; // NULL: none
};

void judge_cache_init(struct judge_cache *cache, const struct clause_table *table);
void judge_cache_deinit(struct judge_cache *cache);
// Forgets the last record. `picks` are those of the next one.
void judge_cache_begin(struct judge_cache *cache, const uint32_t *picks);

// A feature of the judge's subject, from the cache or, without one, found into `own`, which the
// caller deinits in both cases.
const struct feature *judge_feature(const struct judge *judge, const struct clause *clause,
                                    struct feature *own);
