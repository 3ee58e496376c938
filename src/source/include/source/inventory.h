// SPDX-License-Identifier: MIT
//
// An inventory as blocks of records, one per line, from a file or standard input: NDJSON, an array
// of records, pages of Huawei Config (RMS) or AWS Config snapshots, each plain, gzip or zstd; its
// first bytes tell which (docs/inventories.md). Memory stays flat whatever the inventory holds: a
// block of lines is at most `block_bytes`, or one line when that is longer; a block of other
// records ends with the record that fills it; a record is at most LIMIT_RECORD_BYTES, and a longer
// one is left out and reported. Blocking; for task threads. Thread: its owner's.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "domain/record_origin.h"

#include <stddef.h>
#include <stdint.h>

enum {
    // What does well: a few of them fit into the cache of one processor, so that a block is still
    // there when it is looked at.
    INVENTORY_BLOCK_BYTES = 128 * 1024,
    INVENTORY_BLOCK_MAX_BYTES = 64 * 1024 * 1024,
};

struct inventory;

struct inventory_block {
    char *bytes;     // whole lines
    size_t len;      // 0 at the end
    size_t capacity; // of `bytes`
    struct record_origin first;
    struct record_origin *origins; // of each line; NULL when they follow one another from `first`
    size_t walked; // lines that its user met, see inventory_skip_lines; else of no meaning
};
void inventory_block_deinit(struct inventory_block *block);

// `path` "-" is standard input. A UTF-8 byte order mark at the start is skipped. ERR_NOT_FOUND,
// ERR_IO, and the errors of inventory_next.
enum err_kind inventory_open(const char *path, size_t block_bytes, struct inventory **inventory_out,
                             struct err *err);
void inventory_close(struct inventory **inventory);

// The next block, in the place of an earlier one, whose memory may be used again; an empty block is
// zeroed. len 0 at the end. Records that are too long and documents
// without records become diagnostics of severity error and are left out. ERR_IO; ERR_INVALID
// (ERR_LIMIT for the window of zstd), with the place: a packed stream or a list that is cut or
// damaged, so that nobody can say what is missing.
enum err_kind inventory_next(struct inventory *inventory, struct inventory_block *block,
                             struct diags *problems, struct err *err);

// After the end: bytes read and SHA-256 of them all, packed as they were.
uint64_t inventory_bytes(const struct inventory *inventory);
const char *inventory_digest(struct inventory *inventory);
// Before the first block, for who has no use for the digest: it is not computed.
void inventory_skip_digest(struct inventory *inventory);
// Before the first block, for who walks through the lines of each block before asking for the next
// one: the reader does not go through them once more to count them, but takes `walked` of the block
// that it is given. The same numbers come of it.
void inventory_skip_lines(struct inventory *inventory);
