// SPDX-License-Identifier: MIT
#include "base/histogram.h"

#include <criterion/criterion.h>

Test(histogram, counts_each_time_once_in_the_first_bucket_that_holds_it)
{
    struct histogram histogram = {0};
    histogram_add(&histogram, -5);
    histogram_add(&histogram, 1);
    histogram_add(&histogram, 2);
    histogram_add(&histogram, 3);
    histogram_add(&histogram, 300000);
    histogram_add(&histogram, 300001);
    cr_expect_eq(histogram.count, 6);
    cr_expect_eq(histogram.sum_ms, 600007);
    cr_expect_eq(histogram.counts[0], 2);
    cr_expect_eq(histogram.counts[1], 1);
    cr_expect_eq(histogram.counts[2], 1);
    cr_expect_eq(histogram.counts[HISTOGRAM_BOUNDS - 1], 1);
    cr_expect_eq(histogram.counts[HISTOGRAM_BOUNDS], 1);
}

Test(histogram, has_ascending_bounds)
{
    for (int i = 1; i < HISTOGRAM_BOUNDS; i++) {
        cr_expect_lt(histogram_bounds_ms[i - 1], histogram_bounds_ms[i]);
    }
}
