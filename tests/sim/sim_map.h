// SPDX-License-Identifier: MIT
//
// A map from bytes to what the simulated Redis keeps under them. It remembers the order in which the
// keys came, as the small hashes and sorted sets of Redis do, so that nothing depends on addresses
// or on a hash's seed. Thread: one.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_map_entry {
    char *key; // NUL-terminated copy; NULL: removed, to be passed over
    size_t len;
    uint64_t hash;
    void *value;  // the map's; may be NULL
    double score; // of a member of a sorted set
};

struct sim_map {
    struct sim_map_entry *entries; // in the order of insertion
    size_t used;                   // entries, the removed ones too
    size_t capacity;
    size_t live;
    uint32_t *index; // hash -> place in `entries` + 1; NULL while the map is small
    size_t index_size;
    void (*free_value)(void *value); // NULL: values are not owned
};

void sim_map_init(struct sim_map *map, void (*free_value)(void *value));
void sim_map_deinit(struct sim_map *map);

struct sim_map_entry *sim_map_find(const struct sim_map *map, const char *key, size_t len);
// The entry of a key, made (value NULL, score 0) when there is none. Entries move with the next put
// and remove.
struct sim_map_entry *sim_map_put(struct sim_map *map, const char *key, size_t len);
// Frees the value. Nothing when there is no such key.
void sim_map_remove(struct sim_map *map, const char *key, size_t len);
