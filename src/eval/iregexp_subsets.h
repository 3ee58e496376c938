// SPDX-License-Identifier: MIT
//
// The subset construction: the sets of states of a pattern that a match can reach on ASCII text,
// and where each character leads from each. What iregexp_dfa.h makes its table of. Thread: its
// owner's.
#pragma once

#include "iregexp_nfa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IREGEXP_ASCII = 128 };

// A set of states, as a match finds it at a place.
struct iregexp_subset {
    bool is_decided;     // the answer is known here: a part matches, or nothing will
    bool matches_here;   // a part of the text matches, whatever follows
    bool matches_at_end; // it matches when the text ends here
    uint32_t steps;      // what iregexp_nfa_match takes here, and to go on unless it is decided
    uint32_t end_steps;  // what it takes here when the text ends here
};

struct iregexp_subsets {
    // Characters that no part of the pattern tells apart are of one class, a column of the table.
    uint8_t class_of[IREGEXP_ASCII];
    size_t class_count;
    struct iregexp_subset *items; // the first is the start, and none leads to it
    size_t count;
    uint16_t *targets; // class_count for each subset: the numbers of those that the classes lead to
};

// False, and nothing to release, past LIMIT_PATTERN_DFA_STATES or LIMIT_PATTERN_DFA_WORK.
bool iregexp_subsets_find(const struct iregexp_nfa *nfa, bool is_whole,
                          struct iregexp_subsets *subsets_out);
void iregexp_subsets_deinit(struct iregexp_subsets *subsets);
