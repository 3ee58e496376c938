// SPDX-License-Identifier: MIT
#include "catalog_position.h"

#include "base/limits.h"
#include "base/mem.h"

size_t *catalog_ordinals(const struct pack *pack)
{
    size_t *ordinals = mem_alloc(pack->catalog_count, sizeof(*ordinals));
    size_t *children = mem_alloc(pack->catalog_count + 1, sizeof(*children)); // [0]: the pack's
    for (size_t i = 0; i < pack->catalog_count; i++) {
        int parent = pack->catalogs[i].parent;
        REQUIRE(parent >= PACK_TOP && (parent < 0 || (size_t)parent < i));
        ordinals[i] = ++children[parent + 1];
    }
    mem_free(&children);
    return ordinals;
}

void catalog_append_position(const struct pack *pack, const size_t *ordinals, size_t index,
                             struct buf *out)
{
    size_t path[LIMIT_CATALOG_DEPTH + 1];
    size_t depth = 0;
    for (int at = (int)index; at != PACK_TOP; at = pack->catalogs[at].parent) {
        REQUIRE(depth < ARRAY_LEN(path));
        path[depth++] = ordinals[at];
    }
    while (depth > 0) {
        depth--;
        (void)buf_append_format(out, depth > 0 ? "%zu." : "%zu", path[depth]);
    }
}
