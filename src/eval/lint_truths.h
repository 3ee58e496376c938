// SPDX-License-Identifier: MIT
//
// What clauses on one and the same feature can be together: of "size Greater 10" and "size Less 5"
// never both true. Pure. Thread: any.
//
// The set is never too small, so that what it rules out cannot happen on any record; it may be too
// large. Known exactly: texts that are wanted and all others, the order of numbers, versions and
// dates, missing values, null, empty and nested containers, lists with any mixture of elements, all
// quantifiers. An operator that looks into a text (a part, a pattern, a network) may say anything,
// but the same each time, and its negation the opposite.
#pragma once

#include "clause_tree.h"

#include <stdbool.h>
#include <stddef.h>

enum { TRUTHS_CLAUSES_MAX = 6, TRUTHS_VECTORS_MAX = 729 /* 3 to the power of that */ };

// A vector is the sum of truth * 3^clause over the clauses.
struct truths {
    size_t count; // clauses
    bool has[TRUTHS_VECTORS_MAX];
};

// Of 1 to TRUTHS_CLAUSES_MAX clauses whose feature is the same, of one rule.
void truths_of(const struct clause *const *clauses, size_t count, struct truths *truths_out);

size_t truths_power(size_t clause);                 // 3^clause
size_t truths_vectors(const struct truths *truths); // 3^count
enum truth truths_digit(size_t vector, size_t clause);

// Whether some vector has these truths at two clauses (which may be the same).
bool truths_have_pair(const struct truths *truths, size_t a, enum truth of_a, size_t b,
                      enum truth of_b);
