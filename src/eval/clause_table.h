// SPDX-License-Identifier: MIT
//
// What the clauses of a rule set have in common. Features and clauses are numbered, the same ones
// once, so that whoever judges many rules on one record looks for each value once and judges each
// clause once; and the places of the values are put into one plan of picks.
//
// Thread: made on one, then read-only.
#pragma once

#include "condition.h"
#include "scan/pick.h"

struct table_feature {
    const struct feature_source *source; // borrowed from a clause
    // Of the value to which the path's prefix leads; TAPE_NONE: it has to be looked for.
    uint32_t slot;
    // The path is its prefix: the value is the feature.
    bool is_picked;
    char *property; // normalised path, when is_picked
};

struct clause_table {
    struct table_feature *features;
    size_t feature_count;
    size_t feature_capacity;
    size_t clause_count;
    struct pick_plan *plan;
    json_t *feature_numbers; // by what makes them the same
    json_t *clause_numbers;
};

void clause_table_init(struct clause_table *table);
void clause_table_deinit(struct clause_table *table);

// Numbers all clauses of a condition, which outlives the table.
void clause_table_add(struct clause_table *table, struct condition *condition);
