// SPDX-License-Identifier: MIT
//
// What one engine makes of an inventory, as text: findings with all that they say, problems and
// counts. For the comparison of engines.
#pragma once

#include "base/buf.h"
#include "eval/evaluator.h"

// Appends it. `input` is complete; the lines are one block.
void run_engine(const struct eval_input *input, const char *lines, size_t len, struct buf *out);
