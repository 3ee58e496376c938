// SPDX-License-Identifier: MIT
//
// The window holds what is read and not yet handed out. Lines: a block is the window's whole lines,
// handed out with its memory; the begun line behind them starts the next window. Other formats: the
// window goes through the splitter, which gathers the block.
#include "source/inventory.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory_format.h"
#include "octets.h"
#include "record_splitter.h"

#include <stdbool.h>
#include <string.h>

enum {
    SNIFF_FIRST_BYTES = 4096, // mostly enough to know the format
    SPLIT_BYTES = 64 * 1024,  // of the window that the splitter reads from
};

struct window {
    char *bytes;
    size_t len;
    size_t capacity;
};

struct inventory {
    struct octets *octets;
    size_t block_bytes;
    struct window window;
    struct record_origin window_at; // where the window begins
    bool is_at_end;
    bool is_told_lines;               // blocks come back with the count of their lines
    struct record_splitter *splitter; // NULL for lines
    size_t window_taken;              // by the splitter
};

// Reads until the window holds `wanted` bytes or the input ends.
static enum err_kind fill(struct inventory *inventory, size_t wanted, struct err *err)
{
    struct window *window = &inventory->window;
    if (window->capacity < wanted && !inventory->is_at_end) {
        window->bytes = mem_resize(window->bytes, wanted, 1);
        window->capacity = wanted;
    }
    while (!inventory->is_at_end && window->len < wanted) {
        size_t got = 0;
        enum err_kind kind = octets_read(inventory->octets, window->bytes + window->len,
                                         wanted - window->len, &got, err);
        if (kind != ERR_OK) {
            return kind;
        }
        window->len += got;
        inventory->is_at_end = got == 0;
    }
    return ERR_OK;
}

static void drop_front(struct inventory *inventory, size_t len)
{
    struct window *window = &inventory->window;
    memmove(window->bytes, window->bytes + len, window->len - len);
    window->len -= len;
    inventory->window_at.offset += len;
}

static enum err_kind skip_byte_order_mark(struct inventory *inventory, struct err *err)
{
    enum err_kind kind = fill(inventory, SNIFF_FIRST_BYTES, err);
    const struct span text = {inventory->window.bytes, inventory->window.len};
    if (kind == ERR_OK) {
        drop_front(inventory, text.len - text_skip_mark(text).len);
    }
    return kind;
}

static enum err_kind find_format(struct inventory *inventory, struct err *err)
{
    enum inventory_format format = INVENTORY_LINES;
    bool is_known = false;
    for (size_t wanted = SNIFF_FIRST_BYTES; !is_known; wanted *= 2) {
        enum err_kind kind = fill(inventory, wanted, err);
        if (kind != ERR_OK) {
            return kind;
        }
        bool is_all = inventory->is_at_end || wanted >= INVENTORY_SNIFF_BYTES;
        is_known =
            inventory_format_sniff(inventory->window.bytes, inventory->window.len, is_all, &format);
    }
    if (format != INVENTORY_LINES) {
        inventory->splitter =
            record_splitter_create(format, inventory->block_bytes, inventory->window_at);
    }
    return ERR_OK;
}

enum err_kind inventory_open(const char *path, size_t block_bytes, struct inventory **inventory_out,
                             struct err *err)
{
    REQUIRE(block_bytes > 0 && block_bytes <= INVENTORY_BLOCK_MAX_BYTES);
    struct inventory *inventory = mem_alloc(1, sizeof(*inventory));
    inventory->block_bytes = block_bytes;
    inventory->window_at.line = 1;
    enum err_kind kind = octets_open(path, &inventory->octets, err);
    if (kind == ERR_OK) {
        kind = skip_byte_order_mark(inventory, err);
    }
    if (kind == ERR_OK) {
        kind = find_format(inventory, err);
    }
    if (kind != ERR_OK) {
        inventory_close(&inventory);
        return kind;
    }
    *inventory_out = inventory;
    return ERR_OK;
}

void inventory_close(struct inventory **inventory)
{
    if (*inventory == NULL) {
        return;
    }
    record_splitter_destroy(&(*inventory)->splitter);
    octets_close(&(*inventory)->octets);
    mem_free(&(*inventory)->window.bytes);
    mem_free(inventory);
}

// Bytes up to the end of the last whole line, looking no farther than `within`; at the end of the
// input, all.
static size_t whole_lines(const struct inventory *inventory, size_t within)
{
    const struct window *window = &inventory->window;
    if (window->len == 0 || (inventory->is_at_end && window->len <= within)) {
        return window->len;
    }
    const char *last = memrchr(window->bytes, '\n', window->len < within ? window->len : within);
    return last == NULL ? 0 : (size_t)(last - window->bytes) + 1;
}

static uint64_t count_lines(const char *bytes, size_t len)
{
    uint64_t lines = 0;
    const char *end = bytes + len;
    for (const char *at = bytes; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) {
        lines++;
    }
    return lines;
}

// Hands the window out as the block, whose memory, if it will do, becomes that of the next window.
static void hand_out(struct inventory *inventory, size_t len, struct inventory_block *block)
{
    struct window *window = &inventory->window;
    struct window rest = {
        .bytes = block->bytes, .len = window->len - len, .capacity = block->capacity};
    if (rest.capacity < rest.len || rest.capacity > 2 * inventory->block_bytes) {
        mem_free(&rest.bytes);
        rest.capacity = rest.len > inventory->block_bytes ? rest.len : inventory->block_bytes;
        rest.bytes = mem_resize(NULL, rest.capacity, 1);
    }
    if (rest.len > 0) {
        memcpy(rest.bytes, window->bytes + len, rest.len);
    }
    mem_free(&block->origins);
    *block = (struct inventory_block){.bytes = window->bytes,
                                      .len = len,
                                      .capacity = window->capacity,
                                      .first = inventory->window_at};
    if (!inventory->is_told_lines) {
        inventory->window_at.line += count_lines(window->bytes, len);
    }
    inventory->window_at.offset += len;
    *window = rest;
}

// Whether the window is nothing but the beginning of a line that is too long.
static bool line_is_too_long(const struct window *window)
{
    return window->len > LIMIT_RECORD_BYTES &&
           memchr(window->bytes, '\n', LIMIT_RECORD_BYTES + (size_t)1) == NULL;
}

// Leaves the line that the window starts with out, with as little memory as a block needs.
static enum err_kind skip_line(struct inventory *inventory, struct diags *problems, struct err *err)
{
    diags_add(problems, DIAG_ERROR, "inventory.line.too-long",
              (struct diag_place){
                  .line = (size_t)inventory->window_at.line}, // as the evaluator's: no file
              "the line is longer than %d bytes and is left out", LIMIT_RECORD_BYTES);
    struct window *window = &inventory->window;
    const char *line_end = NULL;
    while (line_end == NULL && (window->len > 0 || !inventory->is_at_end)) {
        drop_front(inventory, window->len);
        enum err_kind kind = fill(inventory, inventory->block_bytes, err);
        if (kind != ERR_OK) {
            return kind;
        }
        line_end = window->len == 0 ? NULL : memchr(window->bytes, '\n', window->len);
    }
    if (line_end != NULL) {
        drop_front(inventory, (size_t)(line_end - window->bytes) + 1);
    }
    inventory->window_at.line++;
    return ERR_OK;
}

static enum err_kind next_lines(struct inventory *inventory, struct inventory_block *block,
                                struct diags *problems, struct err *err)
{
    const struct window *window = &inventory->window;
    size_t wanted = inventory->block_bytes;
    if (inventory->is_told_lines) {
        inventory->window_at.line += block->walked;
        block->walked = 0;
    }
    for (;;) {
        enum err_kind kind = fill(inventory, wanted, err);
        if (kind == ERR_OK && line_is_too_long(window)) {
            kind = skip_line(inventory, problems, err);
            wanted = inventory->block_bytes;
            if (kind == ERR_OK) {
                continue;
            }
        }
        if (kind != ERR_OK) {
            return kind;
        }
        size_t len = whole_lines(inventory, wanted);
        if (len > 0) {
            hand_out(inventory, len, block);
            return ERR_OK;
        }
        if (inventory->is_at_end && window->len == 0) {
            inventory_block_deinit(block);
            block->first = inventory->window_at;
            return ERR_OK;
        }
        // One line fills what was looked at; one byte more than the limit shows that it is too
        // long.
        wanted = wanted < LIMIT_RECORD_BYTES / 2 ? wanted * 2 : LIMIT_RECORD_BYTES + (size_t)1;
    }
}

static enum err_kind blame(const struct inventory *inventory, struct err *err)
{
    return err_prefix(err, "inventory %s", octets_name(inventory->octets));
}

// Feeds the splitter until it has a block or the input ends.
static enum err_kind gather(struct inventory *inventory, struct diags *problems, struct err *err)
{
    struct window *window = &inventory->window;
    struct record_splitter *splitter = inventory->splitter;
    while (!record_splitter_is_full(splitter)) {
        if (inventory->window_taken == window->len) {
            window->len = 0;
            inventory->window_taken = 0;
            enum err_kind kind = fill(inventory, SPLIT_BYTES, err);
            if (kind != ERR_OK) {
                return kind;
            }
        }
        if (window->len == 0) {
            return record_splitter_end(splitter, problems, err) == ERR_OK ? ERR_OK
                                                                          : blame(inventory, err);
        }
        struct record_piece piece = {window->bytes, window->len, inventory->window_taken};
        if (record_splitter_run(splitter, &piece, problems, err) != ERR_OK) {
            return blame(inventory, err);
        }
        inventory->window_taken = piece.taken;
    }
    return ERR_OK;
}

static enum err_kind next_records(struct inventory *inventory, struct inventory_block *block,
                                  struct diags *problems, struct err *err)
{
    enum err_kind kind = gather(inventory, problems, err);
    if (kind != ERR_OK) {
        return kind;
    }
    struct record_lines lines = record_splitter_take(inventory->splitter);
    inventory_block_deinit(block);
    block->bytes = lines.bytes;
    block->len = lines.len;
    block->capacity = lines.len;
    block->origins = lines.origins;
    if (lines.len > 0) {
        block->first = lines.origins[0];
    }
    return ERR_OK;
}

enum err_kind inventory_next(struct inventory *inventory, struct inventory_block *block,
                             struct diags *problems, struct err *err)
{
    return inventory->splitter == NULL ? next_lines(inventory, block, problems, err)
                                       : next_records(inventory, block, problems, err);
}

void inventory_block_deinit(struct inventory_block *block)
{
    mem_free(&block->bytes);
    mem_free(&block->origins);
    *block = (struct inventory_block){0};
}

uint64_t inventory_bytes(const struct inventory *inventory)
{
    return octets_bytes(inventory->octets);
}

void inventory_skip_digest(struct inventory *inventory)
{
    octets_skip_digest(inventory->octets);
}

void inventory_skip_lines(struct inventory *inventory)
{
    inventory->is_told_lines = true;
}

const char *inventory_digest(struct inventory *inventory)
{
    return octets_digest(inventory->octets);
}
