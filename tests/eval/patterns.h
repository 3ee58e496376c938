// SPDX-License-Identifier: MIT
//
// One pattern twice: with its tables and without, for tests that hold the two against each other.
#pragma once

#include "iregexp.h"

struct patterns_pair {
    const char *pattern; // borrowed, for messages
    struct iregexp *tables;
    struct iregexp *states; // by the nondeterministic automaton alone
};

// The pattern is an I-Regexp.
struct patterns_pair patterns_compile(const char *pattern);
void patterns_destroy(struct patterns_pair *pair);

// What both say, which has to be the same, with the steps that they leave of `*steps_left`. -1 when
// these did not suffice.
int patterns_match(const struct patterns_pair *pair, const struct iregexp_subject *subject,
                   size_t *steps_left);
