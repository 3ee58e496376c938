// SPDX-License-Identifier: MIT
//
// Takes the records out of arrays, pages and snapshots: bytes in, blocks of one record per line
// out, with the place of each. Of the documents only what holds the records is checked, strictly: a
// bracket or comma in the wrong place ends it, for what comes behind cannot be told from what is
// missing. What is wrong inside of a record is the evaluator's to say. Memory: one block, and one
// record of up to LIMIT_RECORD_BYTES. Pure. Thread: its owner's.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "domain/record_origin.h"
#include "inventory_format.h"

#include <stdbool.h>
#include <stddef.h>

struct record_splitter;

// `format` is not INVENTORY_LINES; `begin` is where the first byte stands.
struct record_splitter *record_splitter_create(enum inventory_format format, size_t block_bytes,
                                               struct record_origin begin);
void record_splitter_destroy(struct record_splitter **splitter);

// Takes bytes (and may overwrite them) until they end or a block is full. A record that is too long
// and a document without records become diagnostics and are left out. ERR_INVALID with line and
// byte.
struct record_piece {
    char *bytes;
    size_t len;
    size_t taken; // so far; runs go on from there
};
enum err_kind record_splitter_run(struct record_splitter *splitter, struct record_piece *piece,
                                  struct diags *problems, struct err *err);
bool record_splitter_is_full(const struct record_splitter *splitter);

// The input has ended. ERR_INVALID when that is in the middle of a document.
enum err_kind record_splitter_end(struct record_splitter *splitter, struct diags *problems,
                                  struct err *err);

// Hands over what was gathered (mem_free both); all NULL and 0 when there is nothing.
struct record_lines {
    char *bytes;
    size_t len;
    struct record_origin *origins;
};
struct record_lines record_splitter_take(struct record_splitter *splitter);
