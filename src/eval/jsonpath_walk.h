// SPDX-License-Identifier: MIT
//
// One run of a path over a document, and the walks of queries in it: of the path itself, and of the
// queries in its filters. All walks of a run draw on one account of work, so that no nesting of
// filters multiplies what is allowed. Thread: its owner's.
#pragma once

#include "base/limits.h"
#include "jsonpath_tree.h"

#include <stdint.h>

struct jsonpath_run {
    struct value root;
    size_t work;     // nodes looked at, and what costs as much
    bool is_over;    // a limit was passed; `err` says which, and all walks end
    struct err *err; // the caller's
};

// Work that is counted as one node looked at.
enum {
    JSONPATH_BYTES_PER_NODE = 64,
    JSONPATH_STEPS_PER_NODE = 8,
    JSONPATH_MEMBERS_PER_NODE = 16,   // passed on the way to another
    JSONPATH_SELECTORS_PER_NODE = 16, // tried on one node, whether they select something or not
};

// Ends the run: it has done more work than it may.
void jsonpath_overrun(struct jsonpath_run *run);

// Adds to the work. False when the run is over.
static inline bool jsonpath_charge(struct jsonpath_run *run, size_t nodes)
{
    run->work += nodes;
    if (run->work > LIMIT_PATH_VISITS) {
        jsonpath_overrun(run);
    }
    return !run->is_over;
}

// A member, as value_member, and what looking for it in an object costs. Nothing when the run is
// over.
struct value jsonpath_member(struct jsonpath_run *run, struct value object, struct span name);

// How a node was reached from its parent: a member (name) or an element (index).
struct jsonpath_place {
    const struct jsonpath_place *parent; // NULL at the root
    const char *name;                    // NULL for an element
    size_t name_len;
    size_t index;
};

struct jsonpath_walk {
    struct jsonpath_run *run;
    const struct jsonpath_query *query;
    bool is_done; // set by on_node when it has seen enough
    // Called for each selected node; `place` is NULL for the root, and lives until it returns.
    void (*on_node)(struct jsonpath_walk *walk, struct value value,
                    const struct jsonpath_place *place);
    void *context;
};

// Walks from the root of the run, or for a relative query from `current`.
void jsonpath_walk(struct jsonpath_walk *walk, struct value current);

// What a singular query selects, at the cost of a walk; nothing also when the run is over.
struct value jsonpath_step(struct jsonpath_run *run, const struct jsonpath_query *query,
                           struct value current);

// Whether a filter keeps `current`; false when the run is over.
bool jsonpath_test_holds(struct jsonpath_run *run, const struct jsonpath_test *test,
                         struct value current);

// What is compared: a value of the document or the path, a size that a function found, or nothing.
struct jsonpath_value {
    struct value value;           // nothing for a size
    const struct decimal *number; // of a value that is a number, where it is known; else NULL
    bool is_size;
    size_t size;
};

// RFC 9535, 2.3.5.2.2. False when the run is over.
bool jsonpath_compare(struct jsonpath_run *run, enum jsonpath_comparison comparison,
                      const struct jsonpath_value *left, const struct jsonpath_value *right);

// Whether a value, or nothing, equals a literal; the same as jsonpath_compare says of the two.
bool jsonpath_equals_literal(struct jsonpath_run *run, struct value value,
                             const struct jsonpath_operand *literal);
