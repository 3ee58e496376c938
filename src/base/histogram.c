// SPDX-License-Identifier: MIT
#include "base/histogram.h"

const int64_t histogram_bounds_ms[HISTOGRAM_BOUNDS] = {
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000};

void histogram_add(struct histogram *histogram, int64_t ms)
{
    int64_t time_ms = ms < 0 ? 0 : ms;
    unsigned bucket = 0;
    while (bucket < HISTOGRAM_BOUNDS && time_ms > histogram_bounds_ms[bucket]) {
        bucket++;
    }
    histogram->counts[bucket]++;
    histogram->count++;
    histogram->sum_ms += time_ms;
}
