// SPDX-License-Identifier: MIT
//
// Any bytes as an inventory, packed or not, read in blocks of several sizes: the records, their
// places, what is left out and the error are the same; each record is one line.
#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "source/inventory.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FOUND_BYTES = 256 * 1024 * 1024, PATH_BYTES = 64 };
static const size_t BLOCK_SIZES[] = {INVENTORY_BLOCK_BYTES, 1, 7, 4096};

struct result {
    struct buf found;
    struct err err;
    size_t left_out;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note_block(const struct inventory_block *block, struct buf *found)
{
    const char *end = block->bytes + block->len;
    const char *line = block->bytes;
    for (size_t i = 0; line < end; i++) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        INVARIANT(block->origins == NULL || line_end != NULL);
        line_end = line_end == NULL ? end : line_end;
        struct record_origin at = {block->first.line + i,
                                   block->first.offset + (uint64_t)(line - block->bytes)};
        at = block->origins == NULL ? at : block->origins[i];
        (void)buf_append_format(found, "%llu@%llu ", (unsigned long long)at.line,
                                (unsigned long long)at.offset);
        (void)buf_append(found, line, (size_t)(line_end - line));
        (void)buf_append_char(found, '\n');
        line = line_end + 1;
    }
}

static void read_all(const char *path, size_t block_bytes, struct result *result)
{
    struct diags problems;
    struct inventory *inventory = NULL;
    struct inventory_block block = {0};
    diags_init(&problems);
    buf_init(&result->found, FOUND_BYTES);
    result->err = ERR_INIT;
    enum err_kind kind = inventory_open(path, block_bytes, &inventory, &result->err);
    if (kind == ERR_OK) {
        kind = inventory_next(inventory, &block, &problems, &result->err);
    }
    while (kind == ERR_OK && block.len > 0) {
        note_block(&block, &result->found);
        inventory_block_deinit(&block);
        kind = inventory_next(inventory, &block, &problems, &result->err);
    }
    INVARIANT(kind == ERR_OK || kind == ERR_INVALID || kind == ERR_LIMIT);
    result->left_out = problems.errors;
    diags_deinit(&problems);
    inventory_close(&inventory);
}

// A failed run has handed out less the larger its blocks are; what it has is the same.
static void compare(const struct result *large, const struct result *small)
{
    INVARIANT(strcmp(large->err.message, small->err.message) == 0);
    INVARIANT(large->err.kind != ERR_OK ||
              (large->found.len == small->found.len && large->left_out == small->left_out));
    size_t common = large->found.len < small->found.len ? large->found.len : small->found.len;
    INVARIANT(memcmp(buf_text(&large->found), buf_text(&small->found), common) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("inventory", MFD_CLOEXEC);
    ENSURE(fd >= 0 && (size == 0 || write(fd, data, size) == (ssize_t)size));
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct result first;
    read_all(path, BLOCK_SIZES[0], &first);
    for (size_t i = 1; i < sizeof(BLOCK_SIZES) / sizeof(BLOCK_SIZES[0]); i++) {
        struct result other;
        read_all(path, BLOCK_SIZES[i], &other);
        compare(&first, &other);
        buf_deinit(&other.found);
    }
    buf_deinit(&first.found);
    (void)close(fd);
    return 0;
}
