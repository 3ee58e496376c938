// SPDX-License-Identifier: MIT
//
// Counts of outcomes, and the scores that come of them. Plain data. Thread: any.
#pragma once

#include "domain/finding.h"

#include <stdint.h>

// Number of (rule, resource) pairs or of check items by outcome.
struct outcome_counts {
    uint64_t of[OUTCOME_COUNT];
};

// compliant / (compliant + non-compliant); no score (denominator 0) when there are neither.
struct score {
    uint64_t numerator;
    uint64_t denominator;
};

// Over check items: once each counting 1, once weighted by the risk of the item's worst rule
// (high 3, medium 2, low 1; attested items without a rule count as medium), and both again as if no
// waiver existed (IGNORED counts as NON_COMPLIANT).
struct scores {
    struct score by_count;
    struct score by_risk;
    struct score by_count_without_waivers;
    struct score by_risk_without_waivers;
};

// The value in hundredths of a percent, rounded to nearest, half away from zero: 8667 is 86.67 %.
// -1 for "no score".
int score_basis_points(struct score score);
