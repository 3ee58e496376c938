// SPDX-License-Identifier: MIT
//
// A byte buffer that grows up to a limit. Appends past the limit set `overflow` and add nothing
// more, so that a writer may append freely and check once. Always NUL-terminated behind `len`.
// Thread: its owner's.
#pragma once

#include "base/check.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; // NULL until the first append
    size_t len;
    size_t capacity;
    size_t limit; // bytes, > 0
    bool overflow;
};

// An empty buffer with a limit in bytes. No allocation yet.
void buf_init(struct buf *buf, size_t limit);
// Frees the bytes; the buffer is as after buf_init.
void buf_deinit(struct buf *buf);
// Empties the buffer and keeps its memory.
void buf_reset(struct buf *buf);

// Makes room for `len` more bytes at once, as far as the limit allows: for who knows that many small
// appends will come.
void buf_reserve(struct buf *buf, size_t len);

// False (and `overflow` set) when the limit would be passed; then nothing was added.
bool buf_append(struct buf *buf, const void *bytes, size_t len);
bool buf_append_text(struct buf *buf, const char *text);
bool buf_append_char(struct buf *buf, char c);
bool buf_append_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

// Drops the first `len` bytes.
void buf_consume(struct buf *buf, size_t len);

// Keeps the first `len` bytes only.
void buf_truncate(struct buf *buf, size_t len);

// The content as a NUL-terminated string; "" for an empty one. Valid until the next change.
const char *buf_text(const struct buf *buf);

// Hands the bytes over (NUL-terminated, to be released with mem_free) and leaves the buffer empty.
char *buf_take(struct buf *buf);
