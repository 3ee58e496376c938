// SPDX-License-Identifier: MIT
#include "digest_index.h"

#include "base/mem.h"

#include <string.h>

enum {
    SLOTS_FIRST = 16,
    SLOTS_EACH = 2, // at least half of the table stays free
};

void digest_index_init(struct digest_index *index, const struct keyed_digest *digests, size_t count)
{
    *index = (struct digest_index){.digests = digests, .count = count};
    (void)pthread_mutex_init(&index->lock, NULL);
}

void digest_index_deinit(struct digest_index *index)
{
    uint32_t *slots = atomic_exchange(&index->slots, NULL);
    mem_free(&slots);
    (void)pthread_mutex_destroy(&index->lock);
}

bool digest_index_is_made(const struct digest_index *index)
{
    return atomic_load_explicit(&index->slots, memory_order_relaxed) != NULL;
}

static uint32_t *find_slot(const struct digest_index *index, uint32_t *slots,
                           const struct keyed_digest *digest)
{
    size_t at = digest->words[0] & index->mask;
    while (slots[at] != 0 && !keyed_digest_equals(&index->digests[slots[at] - 1], digest)) {
        at = (at + 1) & index->mask;
    }
    return &slots[at];
}

static uint32_t *make_slots(struct digest_index *index)
{
    size_t slot_count = SLOTS_FIRST;
    while (slot_count < index->count * SLOTS_EACH) {
        slot_count *= 2;
    }
    index->mask = slot_count - 1;
    uint32_t *slots = mem_large(slot_count * sizeof(slots[0]));
    memset(slots, 0, slot_count * sizeof(slots[0]));
    for (size_t i = 0; i < index->count; i++) {
        uint32_t *slot = find_slot(index, slots, &index->digests[i]);
        *slot = *slot == 0 ? (uint32_t)i + 1 : *slot;
    }
    return slots;
}

static uint32_t *slots_of(struct digest_index *index)
{
    uint32_t *slots = atomic_load_explicit(&index->slots, memory_order_acquire);
    if (slots == NULL) {
        (void)pthread_mutex_lock(&index->lock);
        slots = atomic_load_explicit(&index->slots, memory_order_relaxed);
        if (slots == NULL) {
            slots = make_slots(index);
            atomic_store_explicit(&index->slots, slots, memory_order_release);
        }
        (void)pthread_mutex_unlock(&index->lock);
    }
    return slots;
}

size_t digest_index_find(struct digest_index *index, const struct keyed_digest *digest)
{
    if (index->count == 0) {
        return SIZE_MAX;
    }
    uint32_t slot = *find_slot(index, slots_of(index), digest);
    return slot == 0 ? SIZE_MAX : (size_t)slot - 1;
}
