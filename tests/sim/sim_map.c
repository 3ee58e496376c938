// SPDX-License-Identifier: MIT
#include "sim_map.h"

#include "base/mem.h"

#include <string.h>

enum { SMALL = 16 }; // entries that are looked through one by one

void sim_map_init(struct sim_map *map, void (*free_value)(void *value))
{
    *map = (struct sim_map){.free_value = free_value};
}

static void free_entry(const struct sim_map *map, struct sim_map_entry *entry)
{
    if (map->free_value != NULL && entry->value != NULL) {
        map->free_value(entry->value);
    }
    mem_free(&entry->key);
    *entry = (struct sim_map_entry){0};
}

void sim_map_deinit(struct sim_map *map)
{
    for (size_t i = 0; i < map->used; i++) {
        if (map->entries[i].key != NULL) {
            free_entry(map, &map->entries[i]);
        }
    }
    mem_free(&map->entries);
    mem_free(&map->index);
    *map = (struct sim_map){.free_value = map->free_value};
}

// FNV-1a, 64 bits: the same on each machine.
static uint64_t hash_of(const char *key, size_t len)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)key[i]) * 1099511628211u;
    }
    return hash;
}

static bool is_key(const struct sim_map_entry *entry, uint64_t hash, const char *key, size_t len)
{
    return entry->key != NULL && entry->hash == hash && entry->len == len &&
           memcmp(entry->key, key, len) == 0;
}

static struct sim_map_entry *find_hashed(const struct sim_map *map, uint64_t hash, const char *key,
                                         size_t len)
{
    if (map->index == NULL) {
        for (size_t i = 0; i < map->used; i++) {
            if (is_key(&map->entries[i], hash, key, len)) {
                return &map->entries[i];
            }
        }
        return NULL;
    }
    for (size_t at = hash & (map->index_size - 1); map->index[at] != 0;
         at = (at + 1) & (map->index_size - 1)) {
        struct sim_map_entry *entry = &map->entries[map->index[at] - 1];
        if (is_key(entry, hash, key, len)) {
            return entry;
        }
    }
    return NULL;
}

struct sim_map_entry *sim_map_find(const struct sim_map *map, const char *key, size_t len)
{
    return map->live == 0 ? NULL : find_hashed(map, hash_of(key, len), key, len);
}

static void index_entry(struct sim_map *map, size_t place)
{
    size_t at = map->entries[place].hash & (map->index_size - 1);
    while (map->index[at] != 0) {
        at = (at + 1) & (map->index_size - 1);
    }
    map->index[at] = (uint32_t)(place + 1);
}

// Closes the gaps and makes the index anew, with room for as many again.
static void rebuild(struct sim_map *map)
{
    size_t kept = 0;
    for (size_t i = 0; i < map->used; i++) {
        if (map->entries[i].key != NULL) {
            map->entries[kept++] = map->entries[i];
        }
    }
    map->used = kept;
    mem_free(&map->index);
    map->index_size = 0;
    if (kept < SMALL) {
        return;
    }
    map->index_size = 4 * SMALL;
    while (map->index_size < 4 * kept) {
        map->index_size *= 2;
    }
    map->index = mem_alloc(map->index_size, sizeof(*map->index));
    for (size_t i = 0; i < kept; i++) {
        index_entry(map, i);
    }
}

struct sim_map_entry *sim_map_put(struct sim_map *map, const char *key, size_t len)
{
    uint64_t hash = hash_of(key, len);
    struct sim_map_entry *entry = find_hashed(map, hash, key, len);
    if (entry != NULL) {
        return entry;
    }
    bool is_crowded = map->index == NULL ? map->used >= SMALL : 2 * map->used >= map->index_size;
    if (is_crowded) {
        rebuild(map);
    }
    map->entries = mem_grow(map->entries, &map->capacity, map->used + 1, sizeof(*map->entries));
    entry = &map->entries[map->used];
    *entry = (struct sim_map_entry){.key = mem_text_n(key, len), .len = len, .hash = hash};
    map->used++;
    map->live++;
    if (map->index != NULL) {
        index_entry(map, map->used - 1);
    }
    return entry;
}

void sim_map_remove(struct sim_map *map, const char *key, size_t len)
{
    struct sim_map_entry *entry = sim_map_find(map, key, len);
    if (entry == NULL) {
        return;
    }
    free_entry(map, entry);
    map->live--;
    while (map->used > 0 && map->index == NULL && map->entries[map->used - 1].key == NULL) {
        map->used--;
    }
}
