// SPDX-License-Identifier: MIT
//
// What one waiver excused, as a lane counts it: sums and a small set, so that merging lanes in any
// order gives the same counts. Thread: its lane's.
#pragma once

#include "domain/report.h"

#include <stddef.h>
#include <stdint.h>

struct waiver_use {
    uint64_t findings;
    uint64_t resources;
    uint64_t last_record;            // that counted as a resource
    size_t rules[WAIVER_MANY_RULES]; // whose findings they are; not more than are asked about
    unsigned rule_count;
};

// A finding of the rule was excused. `record` is the number of its record in the lane, from 1, and
// never less than before.
void waiver_use_count(struct waiver_use *use, size_t rule, uint64_t record);

// Adds the counts of `from`, which are of other records.
void waiver_use_merge(struct waiver_use *into, const struct waiver_use *from);
