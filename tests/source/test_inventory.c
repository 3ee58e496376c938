// SPDX-License-Identifier: MIT
//
// Blocks of whole lines: whatever the size of a block, the lines are the same, and so are their
// numbers, the count of bytes and the digest.
#include "sandbox.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "source/inventory.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const size_t BLOCK_SIZES[] = {1, 2, 3, 4, 5, 7, 16, 100, 1024 * 1024};

static size_t count_lines(const struct inventory_block *block)
{
    size_t lines = 0;
    for (size_t i = 0; i < block->len; i++) {
        lines += block->bytes[i] == '\n';
    }
    return lines;
}

// Reads it all and checks each block against what `text` (without its byte order mark) says. Who
// tells the reader how many lines a block had gets the same.
static void expect_blocks_of(const char *path, size_t block_bytes, const char *text, size_t len,
                             const char *file_text, size_t file_len, bool tells_lines)
{
    struct inventory *inventory = NULL;
    struct diags problems;
    struct err err = ERR_INIT;
    diags_init(&problems);
    cr_assert_eq(inventory_open(path, block_bytes, &inventory, &err), ERR_OK, "%s", err.message);
    size_t at = 0;
    uint64_t line = 1;
    struct inventory_block block = {0};
    if (tells_lines) {
        inventory_skip_lines(inventory);
    }
    for (;;) {
        cr_assert_eq(inventory_next(inventory, &block, &problems, &err), ERR_OK, "%s", err.message);
        if (block.len == 0) {
            cr_expect_null(block.bytes);
            break;
        }
        cr_expect_eq(block.first.line, line, "blocks of %zu", block_bytes);
        cr_expect_eq(block.first.offset, at + (file_len - len), "blocks of %zu", block_bytes);
        cr_expect_null(block.origins);
        cr_assert_leq(at + block.len, len);
        cr_expect_eq(memcmp(block.bytes, text + at, block.len), 0, "blocks of %zu", block_bytes);
        at += block.len;
        cr_expect(at == len || block.bytes[block.len - 1] == '\n', "a line is torn");
        block.walked = count_lines(&block);
        line += block.walked;
        if (!tells_lines) {
            inventory_block_deinit(&block);
        }
    }
    char digest[DIGEST_HEX_BYTES];
    digest_hex(file_text, file_len, digest);
    cr_expect_eq(at, len, "blocks of %zu: %zu of %zu bytes", block_bytes, at, len);
    cr_expect_eq(inventory_bytes(inventory), file_len);
    cr_expect_str_eq(inventory_digest(inventory), digest);
    cr_expect_str_eq(inventory_digest(inventory), digest, "asked again");
    cr_expect_eq(problems.count, 0);
    diags_deinit(&problems);
    inventory_close(&inventory);
    cr_expect_null(inventory);
}

static void expect_blocks(const char *path, size_t block_bytes, const char *text, size_t len,
                          const char *file_text, size_t file_len)
{
    expect_blocks_of(path, block_bytes, text, len, file_text, file_len, false);
    if (strcmp(path, "-") != 0) {
        expect_blocks_of(path, block_bytes, text, len, file_text, file_len, true);
    }
}

Test(inventory, blocks_hold_whole_lines)
{
    static const struct {
        const char *bytes;
        size_t mark; // bytes of its byte order mark
    } files[] = {
        {"", 0},
        {"\n", 0},
        {"{}", 0},
        {"{}\n", 0},
        {"{\"a\":1}\n{\"b\":2}\n\n{\"c\":3}", 0},
        {"{\"a\":1}\r\n{\"b\":2}\r\n", 0},
        {"\xef\xbb\xbf", 3},
        {"\xef\xbb\xbf{\"a\":1}\n{}\n", 3},
        {"\xef\xbb", 0},
        {"\n\xef\xbb\xbf\n", 0},
        {"a long line that no small block holds, then short ones\n1\n2\n3\n4\n5\n6\n7\n8\n9", 0},
    };
    (void)sandbox_make();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t len = strlen(files[i].bytes);
        char *path = sandbox_write("inventory.ndjson", files[i].bytes, len);
        for (size_t j = 0; j < sizeof(BLOCK_SIZES) / sizeof(BLOCK_SIZES[0]); j++) {
            expect_blocks(path, BLOCK_SIZES[j], files[i].bytes + files[i].mark, len - files[i].mark,
                          files[i].bytes, len);
        }
        mem_free(&path);
    }
    sandbox_remove();
}

Test(inventory, reads_standard_input)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "{}\n{}\n", 6), 6);
    (void)close(ends[1]);
    cr_assert_geq(dup2(ends[0], STDIN_FILENO), 0);
    expect_blocks("-", 4, "{}\n{}\n", 6, "{}\n{}\n", 6);
    cr_expect_neq(fcntl(STDIN_FILENO, F_GETFD), -1, "standard input is not ours to close");
}

// A line of `len` bytes at `out`, with its line end.
static char *put_line(char *out, char letter, size_t len)
{
    memset(out, letter, len);
    out[len] = '\n';
    return out + len + 1;
}

static void expect_limit(bool tells_lines)
{
    const size_t limit = LIMIT_RECORD_BYTES;
    char *bytes = malloc(3 * limit + 100);
    cr_assert_not_null(bytes);
    char *end = put_line(bytes, 'a', 10);
    end = put_line(end, 'b', limit); // just fits
    end = put_line(end, 'c', limit + 1);
    end = put_line(end, 'd', 10);
    end = put_line(end, 'e', limit + 7) - 1; // at the end, without a line end
    (void)sandbox_make();
    char *path = sandbox_write("large.ndjson", bytes, (size_t)(end - bytes));

    struct inventory *inventory = NULL;
    struct diags problems;
    struct err err = ERR_INIT;
    diags_init(&problems);
    cr_assert_eq(inventory_open(path, INVENTORY_BLOCK_BYTES, &inventory, &err), ERR_OK);
    static const struct {
        char letter;
        size_t len;
        uint64_t line;
    } rows[] = {{'a', 11, 1}, {'b', LIMIT_RECORD_BYTES + 1, 2}, {'d', 11, 4}};
    struct inventory_block block = {0};
    if (tells_lines) {
        inventory_skip_lines(inventory);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert_eq(inventory_next(inventory, &block, &problems, &err), ERR_OK);
        cr_assert_not_null(block.bytes);
        cr_expect_eq(block.bytes[0], rows[i].letter);
        cr_expect_eq(block.len, rows[i].len);
        cr_expect_eq(block.first.line, rows[i].line);
        block.walked = count_lines(&block);
    }
    cr_assert_eq(inventory_next(inventory, &block, &problems, &err), ERR_OK);
    cr_expect_null(block.bytes);
    cr_assert_eq(problems.count, 2);
    cr_expect_eq(problems.items[0].line, 3);
    cr_expect_eq(problems.items[1].line, 5);
    cr_expect_null(problems.items[0].file, "reports are the same wherever the file lies");
    cr_expect_str_eq(problems.items[0].code, "inventory.line.too-long");
    cr_expect_eq(inventory_bytes(inventory), (uint64_t)(end - bytes));
    diags_deinit(&problems);
    inventory_close(&inventory);
    mem_free(&path);
    free(bytes);
    sandbox_remove();
}

Test(inventory, a_line_past_the_limit_is_left_out_and_reported)
{
    expect_limit(false);
    expect_limit(true);
}

Test(inventory, says_what_cannot_be_read)
{
    struct inventory *inventory = NULL;
    struct err err = ERR_INIT;
    cr_expect_eq(inventory_open("/nonexistent/a.ndjson", 10, &inventory, &err), ERR_NOT_FOUND);
    cr_expect_not_null(strstr(err.message, "/nonexistent/a.ndjson"), "%s", err.message);
    cr_expect_null(inventory);
    const char *folder = sandbox_make();
    cr_expect_eq(inventory_open(folder, 10, &inventory, &err), ERR_IO, "%s", err.message);
    sandbox_remove();
}
