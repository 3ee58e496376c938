// SPDX-License-Identifier: MIT
//
// How many records of one resource type made each truth slot true, and unknown: for runs in which
// nobody wants to hear of single findings. All slots are counted alike, a vector of them at a time;
// those that are not judged for the type are counted for nothing.
//
// Thread: its owner's.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally {
    size_t slots;
    uint64_t records;
    unsigned recent; // records in the bytes below
    uint8_t *trues;  // by slot
    uint8_t *unknowns;
    uint64_t *true_sums; // of earlier records
    uint64_t *unknown_sums;
};

// Bytes that a tally takes.
size_t tally_memory(size_t slots);
// An empty tally is zeroed, and has no slots.
void tally_init(struct tally *tally, size_t slots);
void tally_deinit(struct tally *tally);

// One more record, with its truths as judge_cache has them.
void tally_add(struct tally *tally, const uint8_t *truths);
void tally_merge(struct tally *into, const struct tally *from);

// Records in which the slot was true, and unknown.
uint64_t tally_true(const struct tally *tally, size_t slot);
uint64_t tally_unknown(const struct tally *tally, size_t slot);
