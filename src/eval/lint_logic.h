// SPDX-License-Identifier: MIT
//
// Which truths the nodes of a condition can have at all, by what clauses on one feature can be
// together (lint_truths.h). Features are taken to be independent of each other. A truth that is
// ruled out cannot happen on any record. Thread: its owner's.
#pragma once

#include "condition_tree.h"

#include <stdbool.h>
#include <stddef.h>

// Bits by truth.
enum {
    LOGIC_FALSE = 1 << TRUTH_FALSE,
    LOGIC_UNKNOWN = 1 << TRUTH_UNKNOWN,
    LOGIC_TRUE = 1 << TRUTH_TRUE
};

struct logic;

// The condition is borrowed.
struct logic *logic_create(const struct condition *condition);
void logic_destroy(struct logic **logic);

// Nodes are numbered in the order in which they stand, each group before its children.
size_t logic_count(const struct logic *logic);
size_t logic_end(const struct logic *logic, size_t node); // behind all that stands below it
unsigned logic_truths(const struct logic *logic, size_t node);

// Why a node cannot have a truth: the least that rules it out.
enum logic_cause {
    LOGIC_CLAUSE,           // `a` alone never is so
    LOGIC_NEVER_BOTH_TRUE,  // `a` and `b`
    LOGIC_NEVER_BOTH_FALSE, // likewise
    LOGIC_PAIR,             // `a` and `b`, in another way
    LOGIC_FEATURE,          // all clauses on the feature of `a`
    LOGIC_ALL,              // no less than the whole node
};
struct logic_reason {
    enum logic_cause cause;
    size_t a; // nodes that are clauses
    size_t b;
};
struct logic_reason logic_reason(struct logic *logic, size_t node, enum truth truth);

// Whether two conditions say the same, clause by clause.
bool logic_is_same(const struct condition *a, const struct condition *b);
