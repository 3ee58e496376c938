// SPDX-License-Identifier: MIT
#include "domain/score.h"

#include "base/check.h"

int score_basis_points(struct score score)
{
    REQUIRE(score.numerator <= score.denominator);
    if (score.denominator == 0) {
        return -1;
    }
    // 10000 * numerator may pass 64 bits; both are halved until it cannot, which keeps more digits
    // than the result has.
    while (score.denominator > UINT64_MAX / 20001) {
        score.numerator /= 2;
        score.denominator /= 2;
    }
    return (int)((score.numerator * 20000 + score.denominator) / (2 * score.denominator));
}
