// SPDX-License-Identifier: MIT
//
// The window holds what is read and not yet handed out, from the start of a line on. A block is the
// window's whole lines, handed out with its memory; the begun line behind them starts the next
// window.
#include "source/inventory.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";
enum { BYTE_ORDER_MARK_BYTES = sizeof(BYTE_ORDER_MARK) - 1 };

struct window {
    char *bytes;
    size_t len;
    size_t capacity;
};

struct inventory {
    char *name; // for messages
    int fd;
    size_t block_bytes;
    struct window window;
    uint64_t window_line; // number of the line that the window starts with
    uint64_t bytes;
    bool is_at_end;
    struct digest *digest; // NULL once it is finished
    char hex[DIGEST_HEX_BYTES];
};

static enum err_kind fail(const struct inventory *inventory, struct err *err)
{
    enum err_kind kind = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
    return err_set_errno(err, kind, errno, "inventory %s", inventory->name);
}

// Reads until the window holds `wanted` bytes or the input ends.
static enum err_kind fill(struct inventory *inventory, size_t wanted, struct err *err)
{
    struct window *window = &inventory->window;
    if (window->capacity < wanted) {
        window->bytes = mem_resize(window->bytes, wanted, 1);
        window->capacity = wanted;
    }
    while (!inventory->is_at_end && window->len < wanted) {
        char *end = window->bytes + window->len;
        ssize_t got = read(inventory->fd, end, wanted - window->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(inventory, err);
        }
        digest_update(inventory->digest, end, (size_t)got);
        inventory->bytes += (uint64_t)got;
        window->len += (size_t)got;
        inventory->is_at_end = got == 0;
    }
    return ERR_OK;
}

static void drop_front(struct window *window, size_t len)
{
    memmove(window->bytes, window->bytes + len, window->len - len);
    window->len -= len;
}

static enum err_kind skip_byte_order_mark(struct inventory *inventory, struct err *err)
{
    enum err_kind kind = fill(inventory, BYTE_ORDER_MARK_BYTES, err);
    struct window *window = &inventory->window;
    if (kind == ERR_OK && window->len == BYTE_ORDER_MARK_BYTES &&
        memcmp(window->bytes, BYTE_ORDER_MARK, BYTE_ORDER_MARK_BYTES) == 0) {
        drop_front(window, BYTE_ORDER_MARK_BYTES);
    }
    return kind;
}

enum err_kind inventory_open(const char *path, size_t block_bytes, struct inventory **inventory_out,
                             struct err *err)
{
    REQUIRE(block_bytes > 0 && block_bytes <= LIMIT_RECORD_BYTES);
    bool is_standard_input = strcmp(path, "-") == 0;
    struct inventory *inventory = mem_alloc(1, sizeof(*inventory));
    inventory->name = mem_text(is_standard_input ? "standard input" : path);
    inventory->fd = is_standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    inventory->block_bytes = block_bytes;
    inventory->window_line = 1;
    inventory->digest = digest_create();
    enum err_kind kind =
        inventory->fd < 0 ? fail(inventory, err) : skip_byte_order_mark(inventory, err);
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
    if ((*inventory)->fd > STDIN_FILENO) {
        (void)close((*inventory)->fd);
    }
    digest_destroy(&(*inventory)->digest);
    mem_free(&(*inventory)->window.bytes);
    mem_free(&(*inventory)->name);
    mem_free(inventory);
}

// Bytes up to the end of the last whole line; at the end of the input, all.
static size_t whole_lines(const struct inventory *inventory)
{
    const struct window *window = &inventory->window;
    if (inventory->is_at_end || window->len == 0) {
        return window->len;
    }
    const char *last = memrchr(window->bytes, '\n', window->len);
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

static void hand_out(struct inventory *inventory, size_t len, struct inventory_block *block_out)
{
    struct window *window = &inventory->window;
    struct window rest = {.len = window->len - len};
    if (rest.len > 0) {
        rest.capacity = rest.len > inventory->block_bytes ? rest.len : inventory->block_bytes;
        rest.bytes = mem_alloc(rest.capacity, 1);
        memcpy(rest.bytes, window->bytes + len, rest.len);
    }
    *block_out = (struct inventory_block){
        .bytes = window->bytes, .len = len, .first_line = inventory->window_line};
    inventory->window_line += count_lines(window->bytes, len);
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
              (struct diag_place){.line = inventory->window_line}, // as the evaluator's: no file
              "the line is longer than %d bytes and is left out", LIMIT_RECORD_BYTES);
    struct window *window = &inventory->window;
    const char *line_end = NULL;
    while (line_end == NULL && (window->len > 0 || !inventory->is_at_end)) {
        window->len = 0;
        enum err_kind kind = fill(inventory, inventory->block_bytes, err);
        if (kind != ERR_OK) {
            return kind;
        }
        line_end = window->len == 0 ? NULL : memchr(window->bytes, '\n', window->len);
    }
    if (line_end != NULL) {
        drop_front(window, (size_t)(line_end - window->bytes) + 1);
    }
    inventory->window_line++;
    return ERR_OK;
}

enum err_kind inventory_next(struct inventory *inventory, struct inventory_block *block_out,
                             struct diags *problems, struct err *err)
{
    const struct window *window = &inventory->window;
    size_t wanted = inventory->block_bytes;
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
        size_t len = whole_lines(inventory);
        if (len > 0) {
            hand_out(inventory, len, block_out);
            return ERR_OK;
        }
        if (inventory->is_at_end) {
            *block_out = (struct inventory_block){.first_line = inventory->window_line};
            return ERR_OK;
        }
        // One line fills the window; one byte more than the limit shows that it is too long.
        wanted =
            window->len < LIMIT_RECORD_BYTES / 2 ? window->len * 2 : LIMIT_RECORD_BYTES + (size_t)1;
    }
}

uint64_t inventory_bytes(const struct inventory *inventory)
{
    return inventory->bytes;
}

const char *inventory_digest(struct inventory *inventory)
{
    REQUIRE(inventory->is_at_end);
    if (inventory->digest != NULL) {
        digest_finish(inventory->digest, inventory->hex);
        digest_destroy(&inventory->digest);
    }
    return inventory->hex;
}
