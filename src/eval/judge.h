// SPDX-License-Identifier: MIT
//
// What rules are judged on, and what is known of it already. With a cache each value of a record is
// looked for once and each clause judged once, however many rules have it; and what clauses say of
// a value that was met before, in this record or another, is remembered (memo.h). Without a cache
// all is done anew each time, which is slow and simple: the oracle of the fast way. Thread: its
// owner's.
#pragma once

#include "clause_feature.h"
#include "clause_table.h"
#include "memo.h"

// Each part is of the record whose epoch stands before it.
struct judge_feature {
    uint32_t memorised; // the memo was asked
    uint32_t taken;
    bool exists;
    struct actual actual; // when it exists
    uint32_t found;
    struct feature feature;
};

struct judge_cache {
    const struct clause_table *table; // borrowed
    const uint32_t *picks;            // of the record, by slot
    uint32_t epoch;                   // goes up with each record
    struct judge_feature *features;   // by number
    uint8_t *truths;                  // by slot (clause_table.h): 1 + enum truth, 0: not judged
    struct memo *memos;               // by number of the feature
};

struct judge {
    struct subject subject;
    struct judge_cache *cache; // NULL: none
};

void judge_cache_init(struct judge_cache *cache, const struct clause_table *table);
void judge_cache_deinit(struct judge_cache *cache);
// Forgets the last record. `picks` are those of the next one. All judges that use the cache have
// the same instant.
void judge_cache_begin(struct judge_cache *cache, const uint32_t *picks);

// A feature of the judge's subject, from the cache or, without one, found into `own`, which the
// caller deinits in both cases.
const struct feature *judge_feature(const struct judge *judge, const struct clause *clause,
                                    struct feature *own);

// Whether the truth of a slot is known, for a judge with or without a cache.
static inline bool judge_knows(const struct judge *judge, uint32_t slot, enum truth *truth_out)
{
    if (judge->cache == NULL || slot == TRUTH_SLOT_NONE || judge->cache->truths[slot] == 0) {
        return false;
    }
    *truth_out = (enum truth)(judge->cache->truths[slot] - 1);
    return true;
}

// The truth of a clause, for a judge with a cache.
enum truth judge_clause(const struct judge *judge, const struct clause *clause);

// Clauses of one picked feature that are judged together: first those that a glance (quick.h) at a
// text says much of, then those for lists, then those for integers, ascending, then all others.
struct judge_group {
    uint32_t feature;
    const uint32_t *clauses; // their numbers
    size_t count;
    size_t of_texts; // how many there are of the first three
    size_t of_lists;
    size_t of_integers;
    const struct quick_glance *glances; // in the order of the clauses
};

// Judges all of them, for whoever may want to know. `judge` has a cache.
void judge_settle(const struct judge *judge, const struct judge_group *group);

// The normalised path of a picked clause's value, when the judge has a cache; else NULL.
const char *judge_property(const struct judge *judge, const struct clause *clause);
