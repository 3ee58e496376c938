// SPDX-License-Identifier: MIT
//
// An inventory as blocks of whole lines (NDJSON), from a file or standard input. Memory stays flat:
// a block is at most `block_bytes`, or one line when that is longer, up to LIMIT_RECORD_BYTES; a
// longer line is skipped and reported. Blocking; for task threads. Thread: its owner's.
#pragma once

#include "base/err.h"
#include "domain/diag.h"

#include <stddef.h>
#include <stdint.h>

enum { INVENTORY_BLOCK_BYTES = 1024 * 1024 };

struct inventory;

struct inventory_block {
    char *bytes; // whole lines; mem_free
    size_t len;  // 0 at the end
    uint64_t first_line;
};

// `path` "-" is standard input. A UTF-8 byte order mark at the start is skipped. ERR_NOT_FOUND,
// ERR_IO.
enum err_kind inventory_open(const char *path, size_t block_bytes, struct inventory **inventory_out,
                             struct err *err);
void inventory_close(struct inventory **inventory);

// The next block; len 0 (and bytes NULL) at the end. Lines that are too long become diagnostics and
// are left out.
enum err_kind inventory_next(struct inventory *inventory, struct inventory_block *block_out,
                             struct diags *problems, struct err *err);

// After the end: bytes read and SHA-256 of them all.
uint64_t inventory_bytes(const struct inventory *inventory);
const char *inventory_digest(struct inventory *inventory);
