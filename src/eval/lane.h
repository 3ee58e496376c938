// SPDX-License-Identifier: MIT
//
// What one thread has counted, and what it works with. Thread: its owner's.
#pragma once

#include "judge.h"
#include "plan.h"
#include "record_reader.h"
#include "waiver_use.h"

struct lane_type {
    uint64_t records;
    struct tally tally; // of a type that is tallied
};

struct eval_lane {
    const struct evaluator *evaluator;
    size_t rule_count;
    // One per rule of the set, for records of its types only; the others are NOT_APPLICABLE.
    struct outcome_counts *rules; // without what is tallied
    struct lane_type *types;      // one per type of the active rules
    size_t binding_count;
    size_t waiver_count;
    struct waiver_use *waivers; // one per waiver, of the first binding, then of the next
    uint64_t records;
    uint64_t bad_lines;
    uint64_t blank_lines;
    struct evidence evidence; // of the finding that is being made
    struct record_reader reader;
    struct judge_cache cache;
    uint8_t *outcomes; // of the last record, by place in the evaluator's active rules
    uint8_t *row;      // room for the longest row of outcomes
    struct buf padded; // a line near the end of its block, with what a scanner wants behind it
};
