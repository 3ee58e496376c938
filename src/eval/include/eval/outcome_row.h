// SPDX-License-Identifier: MIT
//
// What becomes of single records, as rows of bytes that can be kept: a later run with the same
// rules, waivers and instant need not judge a record of the same bytes again. A row says the
// outcome of every rule that is for the record's type. It is to be read by an evaluator of the same
// input and by the same program only, which eval_engine_digest tells. For counting: a row knows
// nothing of evidence, of places, or of which waiver excused a finding.
//
// Layout: the number of the type in the evaluator (32 bits, in the machine's order, all ones when no
// rule is for it), then 2 bits for each of the type's rules, 4 where there are waivers, the low bits
// of a byte first.
//
// Thread: as eval/evaluator.h.
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "eval/evaluator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// SHA-256 in hex over the sources of the rooms that decide outcomes: base, domain, scan and eval.
// Constant.
const char *eval_engine_digest(void);

// Whether an outcome depends on the instant at which the rules judge.
bool eval_rules_depend_on_time(const struct eval_rules *rules);

// Counts a line as evaluator_run_block does without a sink, and appends the row of its record.
// False, with no row, when it holds none: the line is blank, or bad.
bool evaluator_run_line(const struct evaluator *evaluator, struct eval_lane *lane,
                        const struct eval_line *line, struct buf *row, struct diags *problems);

// Bytes of the longest row.
size_t evaluator_row_bytes_max(const struct evaluator *evaluator);

// Bytes of the row that `bytes` begin with; 0 when they begin with none.
size_t evaluator_row_len(const struct evaluator *evaluator, const char *bytes, size_t len);

// Counts the record of a row once more, or takes it back. Sums may pass below zero on the way: they
// are right once all that was taken back has been counted as well. `row` is one by evaluator_row_len.
enum eval_row_change { EVAL_ROW_COUNT, EVAL_ROW_TAKE_BACK };
void eval_lane_add_row(struct eval_lane *lane, struct span row, enum eval_row_change change);
