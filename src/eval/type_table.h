// SPDX-License-Identifier: MIT
//
// Which rules are for which resource type (ASCII letter case aside), so that a record meets only
// the rules that are for it. Thread: read-only once made.
#pragma once

#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

struct type_rules {
    struct span type; // borrowed from a rule
    size_t *rules;    // ascending
    size_t count;
    size_t capacity;
};

struct type_table {
    struct type_rules *types;
    size_t count;
    size_t capacity;
    uint32_t *slots; // open addressing by hash: 1 + index of the type, 0: free
    uint32_t mask;   // slots, a power of two, less one
};

static const size_t TYPE_NONE = SIZE_MAX;

// An empty table is zeroed. Rules come in ascending order; the type outlives the table.
void type_table_add(struct type_table *table, struct span type, size_t rule);
void type_table_deinit(struct type_table *table);

// Index of the type, TYPE_NONE when no rule is for it.
size_t type_table_find(const struct type_table *table, struct span type);
