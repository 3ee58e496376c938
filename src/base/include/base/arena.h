// SPDX-License-Identifier: MIT
//
// An arena: memory that is asked for piece by piece and given back all at once. What is asked for
// is bounded by who asks. Thread: its owner's.
#pragma once

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; // the first is in use, full ones behind it
    size_t used;                // bytes of the first
};

// An empty arena is zeroed; no allocation until the first piece.
void arena_deinit(struct arena *arena);

// Gives all pieces back and keeps up to ARENA_KEPT_BYTES for the next.
enum { ARENA_KEPT_BYTES = 64 * 1024 };
void arena_reset(struct arena *arena);

// A piece for anything, not zeroed, never NULL. It lives until the next reset.
void *arena_alloc(struct arena *arena, size_t len);
