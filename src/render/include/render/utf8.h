// SPDX-License-Identifier: MIT
//
// UTF-8 as renderers and terminals need it. Texts were checked when they were read; these functions
// still take anything, so that a gap upstream gives U+FFFD in a report and not a broken file. Pure.
// Thread: any.
#pragma once

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum { UTF8_REPLACEMENT = 0xfffd };
#define UTF8_REPLACEMENT_TEXT "\xef\xbf\xbd"

struct utf8_char {
    uint32_t code; // UTF8_REPLACEMENT for a byte that begins no well-formed sequence
    size_t len;    // bytes consumed, at least 1
};

// The first character of `bytes`; len > 0.
struct utf8_char utf8_first(const char *bytes, size_t len);

// Appends text for a terminal: as text_append_clean, with U+FFFD for characters that could move the
// cursor, change colours or reorder the line (C0 and C1 controls, bidirectional controls).
void utf8_append_printable(struct buf *out, const char *text);

// Columns that a printable text takes on a terminal: East Asian wide characters two, combining
// marks none. Of our own, because wcwidth(3) knows only the process's locale.
size_t utf8_columns(const char *text);

// Length in bytes of the longest start of `text` that takes at most `columns`; *used_out is what it
// takes.
size_t utf8_fit(const char *text, size_t columns, size_t *used_out);
