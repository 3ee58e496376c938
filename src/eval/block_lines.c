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
    const char *line = block->bytes + lines->at;
    const char *end = memchr(line, '\n', block->len - lines->at);
    lines->text = (struct span){line, end == NULL ? block->len - lines->at : (size_t)(end - line)};
    if (block->origins != NULL) {
        lines->origin = block->origins[lines->index];
    } else {
        lines->origin.line = block->first_line + lines->index;
        lines->origin.offset = block->first_offset + lines->at;
    }
    lines->at += lines->text.len + 1;
    lines->index++;
    if (is_blank(lines->text)) {
        return BLOCK_BLANK;
    }
    struct err err = ERR_INIT;
    if (record_parse(line, lines->text.len, record_out, &err) != ERR_OK) {
        struct diag_place place = {.line = (size_t)lines->origin.line};
        diags_add(problems, DIAG_ERROR, "inventory.record", place, "%s", err.message);
        return BLOCK_BAD;
    }
    return BLOCK_RECORD;
}
