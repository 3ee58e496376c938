// SPDX-License-Identifier: MIT
//
// Blocks of an inventory and their lines. Thread: any; a walk belongs to its owner.
#pragma once

#include "domain/record_origin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whole lines of an inventory, one record each, borrowed; the last may lack its line end.
struct eval_block {
    const char *bytes;
    size_t len;
    uint64_t first_line;   // its number
    uint64_t first_offset; // and what lies before it, in bytes
    // Where each line's record stood, when that was not on lines one behind the other; else NULL.
    const struct record_origin *origins;
};

struct eval_line {
    const char *bytes;
    size_t len;              // without its line end
    size_t bytes_behind;     // that may be read behind it, whatever they hold
    bool is_blank;           // blanks, tabs and carriage returns only
    struct record_origin at; // where its record begins
};

// A walk over the lines of a block.
struct eval_lines {
    const struct eval_block *block; // borrowed
    size_t at;
    size_t index; // of the next line: how many came
};
struct eval_lines eval_lines(const struct eval_block *block);

// False at the end.
bool eval_lines_next(struct eval_lines *lines, struct eval_line *line_out);

// For who knows what comes: what is left of the block from the next line on, its end included.
static inline const char *eval_lines_rest(const struct eval_lines *lines, size_t *len_out)
{
    *len_out = lines->block->len > lines->at ? lines->block->len - lines->at : 0;
    return lines->block->bytes + lines->at;
}

// Passes the next line, which has `len` bytes and its line end, or the end of the block, behind it.
static inline void eval_lines_pass(struct eval_lines *lines, size_t len)
{
    lines->at += len + 1;
    lines->index++;
}
