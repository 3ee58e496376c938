// SPDX-License-Identifier: MIT
//
// The parts of a logic (lint_logic.h), and what is done with them: build, combine, find reasons.
// Thread: its owner's.
#pragma once

#include "lint_logic.h"
#include "lint_truths.h"

static const size_t LOGIC_NO_LEAF = SIZE_MAX;

struct logic_feature {
    const struct clause *clauses[TRUTHS_CLAUSES_MAX]; // distinct
    size_t count;
    struct truths truths;
};

struct logic_leaf {
    size_t node;
    size_t feature;
    size_t column; // of the feature's clauses
};

struct logic_node {
    const struct condition *condition;
    size_t leaf; // LOGIC_NO_LEAF: a group
    size_t end;
    unsigned truths;
};

struct logic {
    struct logic_node *nodes;
    size_t node_count;
    struct logic_leaf *leaves;
    size_t leaf_count;
    struct logic_feature *features;
    size_t feature_count;
    size_t feature_capacity;
};

// Truths that a leaf can have by itself, as bits.
unsigned logic_lone_truths(const struct logic *logic, const struct logic_leaf *leaf);

// The columns of each feature that stand below a node, as bits, where there are several clauses of
// it: one alone is bound to nothing.
void logic_find_columns(const struct logic *logic, size_t node, unsigned *columns);

// Looks at all combinations of truths of the nodes at `node` and below it. `columns` are those that
// go together, by feature; all others are taken to be independent, and so are those of which there
// would be too many combinations. The truths that nodes can have are added to `node_truths`, one
// for each node of the logic.
void logic_combine(const struct logic *logic, size_t node, const unsigned *columns,
                   unsigned *node_truths);
