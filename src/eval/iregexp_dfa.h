// SPDX-License-Identifier: MIT
//
// The deterministic automaton of an I-Regexp: a table that a match reads once a byte. Each of its
// states is a set of states of the nondeterministic one (subset construction); characters that no
// part of the pattern tells apart share a column. It knows ASCII only, because the columns of all
// Unicode would be many and texts with other characters are few.
//
// For the search of a part, what a match begins with is in every state, so that a search goes over
// the text once. Made when a pattern is compiled and not changed afterwards. Thread: any.
#pragma once

#include "iregexp_nfa.h"

#include <stdbool.h>
#include <stddef.h>

struct iregexp_dfa;

// For matches of the whole text, or of a part. NULL when it would have more than
// LIMIT_PATTERN_DFA_STATES states or take more than LIMIT_PATTERN_DFA_WORK to make; which patterns
// these are depends on the pattern alone. `nfa` is not needed any more afterwards.
struct iregexp_dfa *iregexp_dfa_create(const struct iregexp_nfa *nfa, bool is_whole);
void iregexp_dfa_destroy(struct iregexp_dfa **dfa);

size_t iregexp_dfa_state_count(const struct iregexp_dfa *dfa);

// As iregexp_nfa_match: the same answer, and the same steps, which each state has with it. False,
// and no answer, when a byte of no ASCII character is met before the answer is known.
bool iregexp_dfa_match(const struct iregexp_dfa *dfa, const struct iregexp_subject *subject,
                       size_t steps_max, struct iregexp_answer *answer_out);
