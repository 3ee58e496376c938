// SPDX-License-Identifier: MIT
//
// What `packreport rules diff` prints: changes as they come, then sums; text or one JSON document,
// either of which is written as a stream. Private to cli. Thread: main.
#pragma once

#include "eval/rules_diff.h"

#include <stdbool.h>

struct rules_diff_view {
    bool all; // list every change, not the first ones only
    bool json;
    // private
    uint64_t seen;
    uint64_t shown;
};

void rules_diff_view_begin(const struct rules_diff_view *view);
void rules_diff_view_change(void *view, const struct rules_diff_change *change);
void rules_diff_view_end(const struct rules_diff_view *view,
                         const struct rules_diff_totals *totals);
