// SPDX-License-Identifier: MIT
#include "agenda.h"

#include "base/mem.h"
#include "clause_tree.h"

#include <stdlib.h>

enum { JOINED_MAX = 64 }; // groups at once

void agenda_add(struct agenda *agenda, const struct clause_table *table, uint32_t slot)
{
    REQUIRE(slot < clause_table_slots(table));
    agenda->slots = mem_grow(agenda->slots, &agenda->slot_capacity, agenda->slot_count + 1,
                             sizeof(*agenda->slots));
    agenda->slots[agenda->slot_count++] = slot;
    if (slot >= table->clause_count) {
        const struct table_group *group = &table->groups[slot - table->clause_count];
        for (size_t i = 0; i < group->count; i++) {
            agenda_add(agenda, table, group->parts[i]);
        }
    }
}

static int compare_slots(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

static void sort_slots(struct agenda *agenda)
{
    size_t kept = 0;
    if (agenda->slot_count > 1) {
        qsort(agenda->slots, agenda->slot_count, sizeof(*agenda->slots), compare_slots);
    }
    for (size_t i = 0; i < agenda->slot_count; i++) {
        if (kept == 0 || agenda->slots[kept - 1] != agenda->slots[i]) {
            agenda->slots[kept++] = agenda->slots[i];
        }
    }
    agenda->slot_count = kept;
}

static void put_clause(struct agenda *agenda, const struct clause_table *table,
                       const uint32_t *slot)
{
    uint32_t feature = table->clauses[*slot]->feature;
    struct judge_group *last = agenda->features + agenda->feature_count;
    if (agenda->feature_count == 0 || last[-1].feature != feature) {
        size_t at = (size_t)(slot - agenda->slots);
        *last = (struct judge_group){
            .feature = feature, .clauses = slot, .glances = agenda->glances + at};
        agenda->feature_count++;
    }
    agenda->features[agenda->feature_count - 1].count++;
}

static int compare_glances(const void *a, const void *b, void *context)
{
    const struct clause_table *table = context;
    const struct quick_glance left = quick_glance_of(&table->quicks[*(const uint32_t *)a]);
    const struct quick_glance right = quick_glance_of(&table->quicks[*(const uint32_t *)b]);
    static const int ORDER[] = {[QUICK_SIEVE_TEXT] = 0,
                                [QUICK_SIEVE_LIST] = 1,
                                [QUICK_SIEVE_INTEGER] = 2,
                                [QUICK_SIEVE_NONE] = 3};
    if (left.sieve != right.sieve) {
        return ORDER[left.sieve] - ORDER[right.sieve];
    }
    return (left.integer > right.integer) - (left.integer < right.integer);
}

// Sorts the clauses of a feature by what a glance says of them.
static void sort_clauses(struct agenda *agenda, const struct clause_table *table,
                         struct judge_group *feature)
{
    const size_t begin = (size_t)(feature->clauses - agenda->slots);
    uint32_t *slots = agenda->slots + begin;
    qsort_r(slots, feature->count, sizeof(*slots), compare_glances, (void *)table);
    for (size_t i = 0; i < feature->count; i++) {
        const struct quick_glance glance = quick_glance_of(&table->quicks[slots[i]]);
        agenda->glances[begin + i] = glance;
        feature->of_texts += glance.sieve == QUICK_SIEVE_TEXT ? 1 : 0;
        feature->of_lists += glance.sieve == QUICK_SIEVE_LIST ? 1 : 0;
        feature->of_integers += glance.sieve == QUICK_SIEVE_INTEGER ? 1 : 0;
    }
}

static void put_clauses(struct agenda *agenda, const struct clause_table *table)
{
    agenda->features = mem_alloc(agenda->slot_count, sizeof(*agenda->features));
    agenda->glances = mem_alloc(agenda->slot_count, sizeof(*agenda->glances));
    for (size_t i = 0; i < agenda->slot_count; i++) {
        if (agenda->slots[i] < table->clause_count) {
            put_clause(agenda, table, &agenda->slots[i]);
        }
    }
    for (size_t i = 0; i < agenda->feature_count; i++) {
        sort_clauses(agenda, table, &agenda->features[i]);
    }
}

// A group on its way into a batch.
struct placed {
    uint32_t level; // 1 more than that of its parts; clauses have 0
    uint32_t slot;
    const struct table_group *group;
};

// Whether two groups may share a batch: 0, or which of them comes first.
static int compare_batches(const struct placed *a, const struct placed *b)
{
    if (a->level != b->level) {
        return a->level < b->level ? -1 : 1;
    }
    if (a->group->is_and != b->group->is_and) {
        return a->group->is_and ? -1 : 1;
    }
    return (a->group->count > b->group->count) - (a->group->count < b->group->count);
}

static int compare_placed(const void *a, const void *b)
{
    const struct placed *left = a;
    const struct placed *right = b;
    int order = compare_batches(left, right);
    return order != 0 ? order : compare_slots(&left->slot, &right->slot);
}

// The groups of the agenda in the order of their batches, for the caller to free, and how many
// slots they and their parts are.
static struct placed *place_groups(const struct agenda *agenda, const struct clause_table *table,
                                   size_t *count_out, size_t *slots_out)
{
    struct placed *placed = mem_alloc(agenda->slot_count, sizeof(*placed));
    uint32_t *levels = mem_alloc(clause_table_slots(table), sizeof(*levels));
    *count_out = 0;
    *slots_out = 0;
    for (size_t i = 0; i < agenda->slot_count; i++) {
        uint32_t slot = agenda->slots[i];
        if (slot < table->clause_count) {
            continue;
        }
        const struct table_group *group = &table->groups[slot - table->clause_count];
        for (size_t j = 0; j < group->count; j++) {
            uint32_t part = levels[group->parts[j]];
            levels[slot] = part >= levels[slot] ? part + 1 : levels[slot];
        }
        placed[(*count_out)++] = (struct placed){levels[slot], slot, group};
        *slots_out += 1 + group->count;
    }
    mem_free(&levels);
    if (*count_out > 1) {
        qsort(placed, *count_out, sizeof(*placed), compare_placed);
    }
    return placed;
}

// Writes the slots of a batch, and tells where they end.
static uint32_t *put_batch(struct agenda *agenda, const struct placed *placed, size_t count,
                           uint32_t *to)
{
    const struct table_group *like = placed[0].group;
    agenda->batches[agenda->batch_count++] = (struct agenda_batch){
        .is_and = like->is_and, .part_count = like->count, .group_count = count, .slots = to};
    for (size_t i = 0; i < count; i++) {
        to[i] = placed[i].slot;
        for (size_t part = 0; part < like->count; part++) {
            to[(1 + part) * count + i] = placed[i].group->parts[part];
        }
    }
    return to + (1 + like->count) * count;
}

static void put_groups(struct agenda *agenda, const struct clause_table *table)
{
    size_t count;
    size_t slots;
    struct placed *placed = place_groups(agenda, table, &count, &slots);
    agenda->batches = mem_alloc(count, sizeof(*agenda->batches));
    agenda->batched = mem_alloc(slots, sizeof(*agenda->batched));
    uint32_t *to = agenda->batched;
    for (size_t first = 0, end; first < count; first = end) {
        end = first + 1;
        while (end < count && compare_batches(&placed[first], &placed[end]) == 0) {
            end++;
        }
        to = put_batch(agenda, placed + first, end - first, to);
    }
    mem_free(&placed);
}

void agenda_complete(struct agenda *agenda, const struct clause_table *table, size_t slots_min)
{
    sort_slots(agenda);
    if (agenda->slot_count < slots_min) {
        agenda->slot_count = 0;
        return;
    }
    put_clauses(agenda, table);
    put_groups(agenda, table);
}

void agenda_deinit(struct agenda *agenda)
{
    mem_free(&agenda->slots);
    mem_free(&agenda->features);
    mem_free(&agenda->glances);
    mem_free(&agenda->batches);
    mem_free(&agenda->batched);
}

// Two loops without branches: which truth is less is not to be foreseen.
static void join_least(uint8_t *joined, size_t count, const uint32_t *parts, const uint8_t *truths)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t truth = truths[parts[i]];
        joined[i] = truth < joined[i] ? truth : joined[i];
    }
}

static void join_greatest(uint8_t *joined, size_t count, const uint32_t *parts,
                          const uint8_t *truths)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t truth = truths[parts[i]];
        joined[i] = truth > joined[i] ? truth : joined[i];
    }
}

// Kleene's `and` is the least, `or` the greatest of the parts' truths.
static void join(const struct agenda_batch *batch, size_t first, size_t count, uint8_t *truths)
{
    uint8_t joined[JOINED_MAX];
    const uint32_t *parts = batch->slots + batch->group_count + first;
    for (size_t i = 0; i < count; i++) {
        joined[i] = truths[parts[i]];
    }
    for (size_t part = 1; part < batch->part_count; part++) {
        parts += batch->group_count;
        if (batch->is_and) {
            join_least(joined, count, parts, truths);
        } else {
            join_greatest(joined, count, parts, truths);
        }
    }
    for (size_t i = 0; i < count; i++) {
        truths[batch->slots[first + i]] = joined[i];
    }
}

static void judge_groups(const struct agenda *agenda, uint8_t *truths)
{
    for (size_t i = 0; i < agenda->batch_count; i++) {
        const struct agenda_batch *batch = &agenda->batches[i];
        for (size_t first = 0; first < batch->group_count; first += JOINED_MAX) {
            size_t left = batch->group_count - first;
            join(batch, first, left < JOINED_MAX ? left : JOINED_MAX, truths);
        }
    }
}

void agenda_judge(const struct agenda *agenda, const struct judge *judge)
{
    for (size_t i = 0; i < agenda->feature_count; i++) {
        judge_settle(judge, &agenda->features[i]);
    }
    judge_groups(agenda, judge->cache->truths);
}
