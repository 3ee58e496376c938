// SPDX-License-Identifier: MIT
#include "memo.h"

#include "base/mem.h"

// The memo learns from so many values whether it helps, and pauses for so many when it does not.
enum { SPAN_VALUES = 1024, PAUSE_VALUES = 16 * 1024 };

struct memo_entry {
    uint32_t tag; // kind and length of the value, see tag_of; 0: free
    char value[MEMO_VALUE_BYTES];
    uint8_t truths[];
};

static uint32_t tag_of(struct memo_value value)
{
    return value.kind << 8 | (uint32_t)(value.bytes.len + 1);
}

static size_t entry_bytes(const struct memo *memo)
{
    size_t bytes = sizeof(struct memo_entry) + memo->clauses;
    return (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t) * sizeof(uint64_t);
}

void memo_deinit(struct memo *memo)
{
    mem_free(&memo->entries);
}

static uint64_t load(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

// By the first and last eight bytes: values that agree in them displace one another, no more.
static struct memo_entry *entry_of(const struct memo *memo, struct memo_value value)
{
    static const uint64_t FACTOR = UINT64_C(0x9e3779b97f4a7c15);
    const char *bytes = value.bytes.bytes;
    size_t len = value.bytes.len;
    uint64_t hash = tag_of(value);
    if (len >= sizeof(uint64_t)) {
        hash ^= load(bytes) ^ load(bytes + len - sizeof(uint64_t)) * 3;
    } else if (len > 0) {
        hash ^= load(bytes) << (64 - 8 * len);
    }
    size_t index = (size_t)((hash * FACTOR) >> 32) % MEMO_ENTRIES;
    return (struct memo_entry *)(void *)(memo->entries + index * entry_bytes(memo));
}

static void learn(struct memo *memo)
{
    if (memo->asked == SPAN_VALUES) {
        memo->pause = memo->known < memo->asked / 2 ? PAUSE_VALUES : 0;
        memo->asked = 0;
        memo->known = 0;
    }
    memo->asked++;
}

const uint8_t *memo_find(struct memo *memo, struct memo_value value)
{
    if (memo->pause > 0) {
        memo->pause--;
        return NULL;
    }
    if (value.bytes.len > MEMO_VALUE_BYTES) {
        return NULL;
    }
    if (memo->entries == NULL) {
        memo->entries = mem_alloc(MEMO_ENTRIES, entry_bytes(memo));
    }
    learn(memo);
    const struct memo_entry *entry = entry_of(memo, value);
    if (entry->tag != tag_of(value) ||
        memcmp(entry->value, value.bytes.bytes, value.bytes.len) != 0) {
        return NULL;
    }
    memo->known++;
    return entry->truths;
}

bool memo_wants(const struct memo *memo, struct memo_value value)
{
    return memo->pause == 0 && memo->entries != NULL && value.bytes.len <= MEMO_VALUE_BYTES;
}

void memo_keep(struct memo *memo, struct memo_value value, const uint8_t *truths)
{
    if (!memo_wants(memo, value)) {
        return;
    }
    struct memo_entry *entry = entry_of(memo, value);
    entry->tag = tag_of(value);
    memcpy(entry->value, value.bytes.bytes, value.bytes.len);
    memcpy(entry->truths, truths, memo->clauses);
}
