// SPDX-License-Identifier: MIT
#include "block_lines.h"

#include <string.h>

struct block_lines block_lines(const struct eval_block *block)
{
    return (struct block_lines){.block = block};
}

static bool is_blank(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.bytes[i] != ' ' && line.bytes[i] != '\t' && line.bytes[i] != '\r') {
            return false;
        }
    }
    return true;
}

enum block_line block_lines_next(struct block_lines *lines, struct record *record_out,
                                 struct diags *problems)
{
    const struct eval_block *block = lines->block;
    if (lines->at >= block->len) {
        return BLOCK_END;
    }
    const char *begin = block->bytes + lines->at;
    const char *end = memchr(begin, '\n', block->len - lines->at);
    const struct span text = {begin, end == NULL ? block->len - lines->at : (size_t)(end - begin)};
    lines->line = block->origins != NULL ? block->origins[lines->index].line
                                         : block->first_line + lines->index;
    lines->at += text.len + 1;
    lines->index++;
    if (is_blank(text)) {
        return BLOCK_BLANK;
    }
    struct err err = ERR_INIT;
    if (record_parse(text.bytes, text.len, record_out, &err) != ERR_OK) {
        struct diag_place place = {.line = (size_t)lines->line};
        diags_add(problems, DIAG_ERROR, "inventory.record", place, "%s", err.message);
        return BLOCK_BAD;
    }
    return BLOCK_RECORD;
}
