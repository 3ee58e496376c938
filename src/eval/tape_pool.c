// SPDX-License-Identifier: MIT
#include "tape_pool.h"

#include "base/mem.h"

void tape_pool_init(struct tape_pool *pool, const struct scan_kernel *kernel)
{
    *pool = (struct tape_pool){.kernel = kernel};
}

void tape_pool_deinit(struct tape_pool *pool)
{
    scanner_destroy(&pool->scanner);
    arena_deinit(&pool->arena);
}

void tape_pool_reset(struct tape_pool *pool)
{
    arena_reset(&pool->arena);
}

struct tape *tape_pool_scan(struct tape_pool *pool, struct span text)
{
    const struct scan_input input = {.bytes = text.bytes, .len = text.len};
    if (pool->scanner == NULL) {
        pool->scanner = scanner_create(pool->kernel);
    }
    const struct tape *scanned = scanner_run(pool->scanner, &input);
    if (scanned == NULL) {
        return NULL;
    }
    struct tape *kept = arena_alloc(&pool->arena, sizeof(*kept));
    *kept = *scanned;
    kept->nodes = arena_alloc(&pool->arena, scanned->count * sizeof(*kept->nodes));
    memcpy(kept->nodes, scanned->nodes, scanned->count * sizeof(*kept->nodes));
    kept->decoded = arena_alloc(&pool->arena, text.len + SCAN_PADDING);
    if (scanned->decoded_len > 0) {
        memcpy(kept->decoded, scanned->decoded, scanned->decoded_len);
    }
    return kept;
}
