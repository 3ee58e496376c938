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
