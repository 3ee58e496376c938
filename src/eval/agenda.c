// SPDX-License-Identifier: MIT
#include "agenda.h"

#include "base/mem.h"
#include "clause_tree.h"

#include <stdlib.h>

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
    struct agenda_feature *last = agenda->features + agenda->feature_count;
    if (agenda->feature_count == 0 || last[-1].feature != feature) {
        *last = (struct agenda_feature){.feature = feature, .clauses = slot};
        agenda->feature_count++;
    }
    agenda->features[agenda->feature_count - 1].count++;
}

static void put_group(struct agenda *agenda, const struct clause_table *table, uint32_t slot)
{
    const struct table_group *group = &table->groups[slot - table->clause_count];
    const uint32_t head[] = {slot, group->is_and, (uint32_t)group->count};
    agenda->groups =
        mem_grow(agenda->groups, &agenda->groups_capacity,
                 agenda->groups_len + ARRAY_LEN(head) + group->count, sizeof(*agenda->groups));
    uint32_t *to = agenda->groups + agenda->groups_len;
    memcpy(to, head, sizeof(head));
    memcpy(to + ARRAY_LEN(head), group->parts, group->count * sizeof(*group->parts));
    agenda->groups_len += ARRAY_LEN(head) + group->count;
}

void agenda_complete(struct agenda *agenda, const struct clause_table *table, size_t slots_min)
{
    sort_slots(agenda);
    if (agenda->slot_count < slots_min) {
        agenda->slot_count = 0;
        return;
    }
    agenda->features = mem_alloc(agenda->slot_count, sizeof(*agenda->features));
    for (size_t i = 0; i < agenda->slot_count; i++) {
        if (agenda->slots[i] < table->clause_count) {
            put_clause(agenda, table, &agenda->slots[i]);
        } else {
            put_group(agenda, table, agenda->slots[i]);
        }
    }
}

void agenda_deinit(struct agenda *agenda)
{
    mem_free(&agenda->slots);
    mem_free(&agenda->features);
    mem_free(&agenda->groups);
}

// Kleene's `and` is the least, `or` the greatest of the parts' truths.
static uint8_t join(bool is_and, const uint32_t *parts, size_t count, const uint8_t *truths)
{
    uint8_t joined = truths[parts[0]];
    for (size_t i = 1; i < count; i++) {
        uint8_t part = truths[parts[i]];
        joined = (part < joined) == is_and ? part : joined;
    }
    return joined;
}

static void judge_groups(const struct agenda *agenda, uint8_t *truths)
{
    for (size_t at = 0; at < agenda->groups_len;) {
        const uint32_t *group = agenda->groups + at;
        truths[group[0]] = join(group[1] != 0, group + 3, group[2], truths);
        at += 3 + group[2];
    }
}

void agenda_judge(const struct agenda *agenda, const struct judge *judge)
{
    for (size_t i = 0; i < agenda->feature_count; i++) {
        const struct agenda_feature *of = &agenda->features[i];
        judge_settle(judge, of->feature, of->clauses, of->count);
    }
    judge_groups(agenda, judge->cache->truths);
}
