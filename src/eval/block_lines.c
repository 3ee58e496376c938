// SPDX-License-Identifier: MIT
#include "block_lines.h"

struct block_lines block_lines(const struct eval_block *block)
{
    return (struct block_lines){.lines = eval_lines(block)};
}

enum block_line block_lines_next(struct block_lines *lines, struct record *record_out,
                                 struct diags *problems)
{
    struct eval_line line;
    if (!eval_lines_next(&lines->lines, &line)) {
        return BLOCK_END;
    }
    lines->line = line.at.line;
    if (line.is_blank) {
        return BLOCK_BLANK;
    }
    struct err err = ERR_INIT;
    if (record_parse(line.bytes, line.len, record_out, &err) != ERR_OK) {
        struct diag_place place = {.line = (size_t)lines->line};
        diags_add(problems, DIAG_ERROR, "inventory.record", place, "%s", err.message);
        return BLOCK_BAD;
    }
    return BLOCK_RECORD;
}
