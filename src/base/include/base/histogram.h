// SPDX-License-Identifier: MIT
//
// How long something took, counted in buckets: what a Prometheus histogram is made of. Thread: its
// owner's.
#pragma once

#include <stdint.h>

enum { HISTOGRAM_BOUNDS = 16 };

// Upper ends in milliseconds, inclusive, ascending.
extern const int64_t histogram_bounds_ms[HISTOGRAM_BOUNDS];

struct histogram {
    uint64_t counts[HISTOGRAM_BOUNDS + 1]; // each bucket alone; the last is for what is longer
    uint64_t count;
    int64_t sum_ms;
};

// A negative time, of a clock that was set back, counts as 0.
void histogram_add(struct histogram *histogram, int64_t ms);
