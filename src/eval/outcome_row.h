// SPDX-License-Identifier: MIT
//
// The making of rows, see eval/outcome_row.h. Thread: its lane's.
#pragma once

#include "base/buf.h"
#include "eval/outcome_row.h"
#include "lane.h"

// Appends the row of a record of this type, TYPE_NONE for one that no rule is for. Outcomes are in
// lane->outcomes.
void outcome_row_append(struct eval_lane *lane, size_t type, struct buf *row);

// The same of a record whose rules' outcomes are all truths, as judge_cache has them, where there are
// no waivers: several times as fast.
void outcome_row_append_truths(struct eval_lane *lane, size_t type, const uint8_t *truths,
                               struct buf *row);
