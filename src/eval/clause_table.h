// SPDX-License-Identifier: MIT
//
// What the clauses of a rule set have in common. Features and clauses are numbered, the same ones
// once, so that whoever judges many rules on one record looks for each value once and judges each
// clause once; and the places of the values are put into one plan of picks. Groups whose clauses
// all judge picked values are numbered too: the truth of each such condition has a slot, first those
// of the clauses, by their numbers, then those of the groups, each behind what it is made of.
//
//   clause_table_init -> clause_table_add … -> clause_table_complete
//
// Thread: made on one, then read-only.
#pragma once

#include "condition.h"
#include "quick.h"
#include "scan/pick.h"

struct table_feature {
    const struct feature_source *source; // borrowed from a clause
    // Of the value to which the path's prefix leads; TAPE_NONE: it has to be looked for.
    uint32_t slot;
    // The path is its prefix: the value is the feature.
    bool is_picked;
    char *property; // normalised path, when is_picked
    // Once complete, the numbers of its clauses follow one another.
    uint32_t first_clause;
    uint32_t clause_count;
};

enum { TRUTH_SLOT_NONE = UINT32_MAX };

struct table_group {
    bool is_and;
    uint32_t *parts; // their slots
    size_t count;
};

struct clause_table {
    struct table_feature *features;
    size_t feature_count;
    size_t feature_capacity;
    // One of those that are the same, by number. Borrowed.
    const struct clause **clauses;
    size_t clause_count;
    uint8_t *missing_truths; // by clause, enum truth: what it gives without a value
    struct quick *quicks;    // by clause: QUICK_NONE unless its value is picked
    struct table_group *groups;
    size_t group_count;
    size_t group_capacity;
    struct condition **conditions; // of the rules; borrowed
    size_t condition_count;
    size_t condition_capacity;
    struct clause **added; // all; borrowed
    size_t added_count;
    size_t added_capacity;
    struct pick_plan *plan;
    json_t *feature_numbers; // by what makes them the same
    json_t *clause_numbers;
    json_t *group_slots;
};

static inline size_t clause_table_slots(const struct clause_table *table)
{
    return table->clause_count + table->group_count;
}

void clause_table_init(struct clause_table *table);
void clause_table_deinit(struct clause_table *table);

// Adds a rule's condition, which outlives the table.
void clause_table_add(struct clause_table *table, struct condition *condition);
// Numbers them.
void clause_table_complete(struct clause_table *table);
