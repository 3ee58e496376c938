// SPDX-License-Identifier: MIT
//
// What one engine makes of an inventory, as text: findings with all that they say, problems and
// counts. For the comparison of engines.
#pragma once

#include "base/buf.h"
#include "eval/evaluator.h"

// Appends it. `input` lacks its bindings, of which there will be one; the lines are one block.
void run_engine(const struct binding_input *pack, const struct eval_input *input, struct span lines,
                struct buf *out);
