// SPDX-License-Identifier: MIT
#include "base/spare.h"

#include "base/mem.h"

#include <stdbool.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_WATCHED true
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define IS_WATCHED true
#endif
#ifndef IS_WATCHED
#define IS_WATCHED false
#endif

void spare_init(struct spare *spare, size_t size, size_t max)
{
    REQUIRE(size >= sizeof(void *));
    *spare = (struct spare){.size = size, .max = IS_WATCHED ? 0 : max};
}

static void *pop(struct spare *spare)
{
    void *block = spare->first;
    memcpy(&spare->first, block, sizeof(spare->first));
    spare->count--;
    return block;
}

void spare_deinit(struct spare *spare)
{
    while (spare->count > 0) {
        void *block = pop(spare);
        mem_free(&block);
    }
}

void *spare_take(struct spare *spare)
{
    if (spare->count == 0) {
        return mem_alloc(1, spare->size);
    }
    return memset(pop(spare), 0, spare->size);
}

void spare_give(struct spare *spare, void *take_block)
{
    if (spare->count == spare->max) {
        mem_free(&take_block);
        return;
    }
    memcpy(take_block, &spare->first, sizeof(spare->first));
    spare->first = take_block;
    spare->count++;
}
