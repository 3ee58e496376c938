// SPDX-License-Identifier: MIT
//
// The records of a block of inventory lines, one after the other. Thread: its owner's.
#pragma once

#include "domain/diag.h"
#include "eval/lines.h"
#include "record.h"

struct block_lines {
    struct eval_lines lines;
    uint64_t line; // the number of the line that came last
};

struct block_lines block_lines(const struct eval_block *block);

enum block_line { BLOCK_END, BLOCK_BLANK, BLOCK_BAD, BLOCK_RECORD };

// The next line. Of a BLOCK_RECORD the record is the caller's to deinit; a BLOCK_BAD has become a
// diagnostic as in evaluator_run_block.
enum block_line block_lines_next(struct block_lines *lines, struct record *record_out,
                                 struct diags *problems);
