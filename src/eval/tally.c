// SPDX-License-Identifier: MIT
#include "tally.h"

#include "base/check.h"
#include "base/mem.h"
#include "operators.h"

#include <string.h>

size_t tally_memory(size_t slots)
{
    return slots * 2 * (sizeof(uint8_t) + sizeof(uint64_t));
}

void tally_init(struct tally *tally, size_t slots)
{
    *tally = (struct tally){.slots = slots,
                            .trues = mem_alloc(slots, 1),
                            .unknowns = mem_alloc(slots, 1),
                            .true_sums = mem_alloc(slots, sizeof(uint64_t)),
                            .unknown_sums = mem_alloc(slots, sizeof(uint64_t))};
}

void tally_deinit(struct tally *tally)
{
    mem_free(&tally->trues);
    mem_free(&tally->unknowns);
    mem_free(&tally->true_sums);
    mem_free(&tally->unknown_sums);
    *tally = (struct tally){0};
}

static void sum_up(struct tally *tally)
{
    for (size_t i = 0; i < tally->slots; i++) {
        tally->true_sums[i] += tally->trues[i];
        tally->unknown_sums[i] += tally->unknowns[i];
    }
    memset(tally->trues, 0, tally->slots);
    memset(tally->unknowns, 0, tally->slots);
    tally->recent = 0;
}

// A loop that compilers make vectors of: the arrays lie apart, and its end is fixed.
static void count(uint8_t *restrict counts, const uint8_t *restrict truths, size_t slots,
                  uint8_t truth)
{
    for (size_t i = 0; i < slots; i++) {
        counts[i] = (uint8_t)(counts[i] + (truths[i] == truth ? 1 : 0));
    }
}

void tally_add(struct tally *tally, const uint8_t *truths)
{
    count(tally->trues, truths, tally->slots, 1 + TRUTH_TRUE);
    count(tally->unknowns, truths, tally->slots, 1 + TRUTH_UNKNOWN);
    tally->records++;
    tally->recent++;
    if (tally->recent == UINT8_MAX) {
        sum_up(tally);
    }
}

void tally_merge(struct tally *into, const struct tally *from)
{
    REQUIRE(into->slots == from->slots);
    for (size_t i = 0; i < into->slots; i++) {
        into->true_sums[i] += tally_true(from, i);
        into->unknown_sums[i] += tally_unknown(from, i);
    }
    into->records += from->records;
}

uint64_t tally_true(const struct tally *tally, size_t slot)
{
    return tally->true_sums[slot] + tally->trues[slot];
}

uint64_t tally_unknown(const struct tally *tally, size_t slot)
{
    return tally->unknown_sums[slot] + tally->unknowns[slot];
}
