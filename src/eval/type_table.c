// SPDX-License-Identifier: MIT
#include "type_table.h"

#include "base/mem.h"

enum { SLOTS_FIRST = 16, HASHED_LETTERS = 8 };

// FNV-1a over the length and the last letters, in lower case. The types are those of the rules, so
// that nobody from outside can make them meet.
static uint32_t hash_of(struct span type)
{
    uint32_t hash = (2166136261U ^ (uint32_t)type.len) * 16777619U;
    for (size_t i = type.len > HASHED_LETTERS ? type.len - HASHED_LETTERS : 0; i < type.len; i++) {
        hash = (hash ^ ((unsigned char)type.bytes[i] | 0x20U)) * 16777619U;
    }
    return hash ^ hash >> 15;
}

static uint32_t *find_slot(const struct type_table *table, struct span type)
{
    uint32_t at = hash_of(type) & table->mask;
    while (table->slots[at] != 0 &&
           !span_equals_ignore_case(table->types[table->slots[at] - 1].type, type)) {
        at = (at + 1) & table->mask;
    }
    return &table->slots[at];
}

// At least half of the slots stay free.
static void make_room(struct type_table *table)
{
    if (table->slots != NULL && (table->count + 1) * 2 <= (size_t)table->mask + 1) {
        return;
    }
    size_t slots = table->slots == NULL ? SLOTS_FIRST : ((size_t)table->mask + 1) * 2;
    mem_free(&table->slots);
    table->slots = mem_alloc(slots, sizeof(*table->slots));
    table->mask = (uint32_t)slots - 1;
    for (size_t i = 0; i < table->count; i++) {
        *find_slot(table, table->types[i].type) = (uint32_t)i + 1;
    }
}

void type_table_add(struct type_table *table, struct span type, size_t rule)
{
    make_room(table);
    uint32_t *slot = find_slot(table, type);
    if (*slot == 0) {
        table->types =
            mem_grow(table->types, &table->capacity, table->count + 1, sizeof(*table->types));
        table->types[table->count++] = (struct type_rules){.type = type};
        *slot = (uint32_t)table->count;
    }
    struct type_rules *found = &table->types[*slot - 1];
    // A rule may name a type twice, in other letters.
    if (found->count == 0 || found->rules[found->count - 1] != rule) {
        found->rules =
            mem_grow(found->rules, &found->capacity, found->count + 1, sizeof(*found->rules));
        found->rules[found->count++] = rule;
    }
}

void type_table_deinit(struct type_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        mem_free(&table->types[i].rules);
    }
    mem_free(&table->types);
    mem_free(&table->slots);
    *table = (struct type_table){0};
}

size_t type_table_find(const struct type_table *table, struct span type)
{
    uint32_t slot = table->slots == NULL ? 0 : *find_slot(table, type);
    return slot == 0 ? TYPE_NONE : (size_t)slot - 1;
}
