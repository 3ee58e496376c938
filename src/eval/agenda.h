// SPDX-License-Identifier: MIT
//
// What is judged of every record of one resource type before its rules are asked: the clauses on
// picked values, those of one value together, and the groups made of them alone. A rule whose whole
// condition is among it has but to look at the truth's slot. Where a path has to be followed, or a
// policy decides, nothing is judged before a rule asks for it.
//
//   agenda_add … -> agenda_complete -> agenda_judge …
//
// Thread: made on one, then read-only.
#pragma once

#include "clause_table.h"
#include "judge.h"

// With fewer slots it does not pay: rules that are asked one by one do not need all their clauses.
enum { AGENDA_SLOTS_MIN = 128 };

// Groups that are joined side by side: they have as many parts, and none is a part of another.
struct agenda_batch {
    bool is_and;
    size_t part_count;
    size_t group_count;
    const uint32_t *slots; // of the groups; then the slots of all their first parts, of all second
};

struct agenda {
    uint32_t *slots; // each once: of clauses, those of a feature together, then of groups
    size_t slot_count;
    size_t slot_capacity;
    struct judge_group *features; // share out the clauses among them
    size_t feature_count;
    struct quick_glance *glances; // of the clauses, in their order
    struct agenda_batch *batches; // of groups, each behind those of its parts
    size_t batch_count;
    uint32_t *batched;
};

// An empty agenda is zeroed.
void agenda_add(struct agenda *agenda, const struct clause_table *table, uint32_t slot);
// Makes it empty again when it has fewer slots than `slots_min`.
void agenda_complete(struct agenda *agenda, const struct clause_table *table, size_t slots_min);
void agenda_deinit(struct agenda *agenda);

static inline bool agenda_is_empty(const struct agenda *agenda)
{
    return agenda->slot_count == 0;
}

// Fills the slots in the judge's cache.
void agenda_judge(const struct agenda *agenda, const struct judge *judge);
