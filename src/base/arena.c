// SPDX-License-Identifier: MIT
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>

struct arena_chunk {
    struct arena_chunk *next;
    size_t capacity;
    alignas(max_align_t) char bytes[];
};

static void drop_chunks(struct arena *arena, const struct arena_chunk *kept)
{
    while (arena->chunks != NULL && arena->chunks != kept) {
        struct arena_chunk *next = arena->chunks->next;
        mem_free(&arena->chunks);
        arena->chunks = next;
    }
}

void arena_deinit(struct arena *arena)
{
    drop_chunks(arena, NULL);
    arena->used = 0;
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *first = arena->chunks;
    while (first != NULL && first->next != NULL) {
        first = first->next;
    }
    drop_chunks(arena, first != NULL && first->capacity <= ARENA_KEPT_BYTES ? first : NULL);
    arena->used = 0;
}

static void add_chunk(struct arena *arena, size_t wanted)
{
    size_t capacity = wanted > ARENA_KEPT_BYTES ? wanted : ARENA_KEPT_BYTES;
    REQUIRE(capacity < SIZE_MAX - sizeof(struct arena_chunk));
    struct arena_chunk *chunk = mem_resize(NULL, sizeof(*chunk) + capacity, 1);
    chunk->next = arena->chunks;
    chunk->capacity = capacity;
    arena->chunks = chunk;
    arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t len)
{
    REQUIRE(len <= SIZE_MAX / 2);
    size_t rounded = (len + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (arena->chunks == NULL || rounded > arena->chunks->capacity - arena->used) {
        add_chunk(arena, rounded);
    }
    void *piece = arena->chunks->bytes + arena->used;
    arena->used += rounded;
    return piece;
}
