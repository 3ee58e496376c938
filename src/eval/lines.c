// SPDX-License-Identifier: MIT
#include "eval/lines.h"

#include <string.h>

struct eval_lines eval_lines(const struct eval_block *block)
{
    return (struct eval_lines){.block = block};
}

static size_t count_blanks(const char *line, size_t len)
{
    size_t blanks = 0;
    while (blanks < len && (line[blanks] == ' ' || line[blanks] == '\t' || line[blanks] == '\r')) {
        blanks++;
    }
    return blanks;
}

bool eval_lines_next(struct eval_lines *lines, struct eval_line *line_out)
{
    const struct eval_block *block = lines->block;
    if (lines->at >= block->len) {
        return false;
    }
    const size_t left = block->len - lines->at;
    const char *bytes = block->bytes + lines->at;
    const char *end = memchr(bytes, '\n', left);
    const size_t len = end == NULL ? left : (size_t)(end - bytes);
    const size_t blanks = count_blanks(bytes, len);
    *line_out = (struct eval_line){.bytes = bytes,
                                   .len = len,
                                   .bytes_behind = left - len,
                                   .is_blank = blanks == len,
                                   .at = {.line = block->first_line + lines->index,
                                          .offset = block->first_offset + lines->at + blanks}};
    if (block->origins != NULL) {
        line_out->at = block->origins[lines->index];
    }
    eval_lines_pass(lines, len);
    return true;
}
