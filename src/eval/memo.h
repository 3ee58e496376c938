// SPDX-License-Identifier: MIT
//
// What the clauses of one feature say of values that were met lately. Many values of an inventory
// are of few kinds (regions, states, sizes); a clause says the same of the same bytes, so each is
// judged once. Where values hardly ever come again, the memo is left alone for a while.
//
// Thread: its owner's.
#pragma once

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    MEMO_VALUE_BYTES = 32,   // longer values are not kept
    MEMO_ENTRIES = 64,       // values kept, a power of two
    MEMO_CLAUSES_MIN = 4,    // fewer are judged as quickly as remembered
    MEMO_CLAUSES_MAX = 1024, // a feature with more has no memo
};

// Whether a feature with so many clauses has a memo.
static inline bool memo_is_worth(uint32_t clauses)
{
    return clauses >= MEMO_CLAUSES_MIN && clauses <= MEMO_CLAUSES_MAX;
}

struct memo {
    uint32_t clauses;
    unsigned char *entries; // made when first needed
    uint32_t asked;         // in this span of time
    uint32_t known;
    uint32_t pause; // values to let pass
};

// An empty memo is zeroed but for `clauses`, for which it is worth.
void memo_deinit(struct memo *memo);

// A value by its kind, whatever numbers these have, and its bytes, of which 8 are readable.
struct memo_value {
    uint32_t kind; // less than 256
    struct span bytes;
};

// The truths of a value, by clause, as judge_cache has them;
// NULL when they are not known.
const uint8_t *memo_find(struct memo *memo, struct memo_value value);
// Whether memo_keep would keep the truths of a value that memo_find did not know.
bool memo_wants(const struct memo *memo, struct memo_value value);
void memo_keep(struct memo *memo, struct memo_value value, const uint8_t *truths);
