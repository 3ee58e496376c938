// SPDX-License-Identifier: MIT
//
// Text: UTF-8, numbers, ids, percent-encoding. Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "base/check.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). On false,
// *offset_out (when not NULL) is the offset of the first bad byte.
bool text_is_utf8(const char *text, size_t len, size_t *offset_out);

// Appends text with U+FFFD for each byte that is no UTF-8.
void text_append_clean(struct buf *out, const char *text, size_t len);

// Without a UTF-8 byte order mark in front.
struct span text_skip_mark(struct span text);

// Writes a code point (no surrogate, at most U+10FFFF) as UTF-8. Returns its bytes.
enum { TEXT_UTF8_BYTES = 4 };
size_t text_write_utf8(uint32_t code_point, char out[TEXT_UTF8_BYTES]);

// Decimal integer, optional '-', no blanks, no leading '+', the whole of the text. False when not
// one or out of range.
bool text_to_int64(const char *text, size_t len, int64_t *value_out);

// 1 to 64 of A-Z a-z 0-9 - _ : an id that may go into a key, a path and a URL as it is.
enum { TEXT_ID_MAX = 64 };
bool text_is_id(const char *text, size_t len);

// Bytes 0x20 to 0x7e only.
bool text_is_printable_ascii(const char *text, size_t len);

bool text_starts_with(const char *text, const char *prefix);
bool text_equals_ignore_case(const char *a, const char *b); // ASCII letters only
// A copy with ASCII letters in lower case, for mem_free.
char *text_lower_case(struct span text);

// Appends RFC 3986 percent-encoding: all but A-Z a-z 0-9 - . _ ~ becomes %XY (upper-case hex).
void text_percent_encode(struct buf *out, const char *text, size_t len);

// Appends text from outside in a form that no terminal acts on: well-formed UTF-8 as it is, each byte of a
// control character (C0, DEL, C1) and each that is no UTF-8 as \xNN. Shown again it stays the same, so a
// backslash is none; what is to be read back is quoted.
void text_show(struct buf *out, const char *text, size_t len);

// The same in quotes, with '"' and '\\' behind a backslash, cut after `max` bytes with "…".
void text_quote(struct buf *out, const char *text, size_t len, size_t max);
// The same as a value, for one place in a message; `max` is at most TEXT_QUOTED_MAX.
enum { TEXT_QUOTED_MAX = 64 };
struct text_quoted {
    char text[(size_t)4 * TEXT_QUOTED_MAX + sizeof("\"…\"")]; // up to four characters for a byte
};
struct text_quoted text_quoted_of(struct span text, size_t max);

// Lower-case hex of `len` bytes into out (2 * len + 1 bytes, NUL-terminated).
void text_hex(const unsigned char *bytes, size_t len, char *out);
// Whether all of a text are digits of that kind.
bool text_is_hex(const char *text, size_t len);

// Copies at most size - 1 bytes and a NUL. False when the text was cut.
bool text_copy(char *out, size_t size, const char *text);

// RFC 3339 UTC with milliseconds, "2026-11-21T19:30:44.123Z"; `out` holds TEXT_TIME_BYTES.
enum { TEXT_TIME_BYTES = 32 };
void text_time(int64_t unix_ms, char out[TEXT_TIME_BYTES]);

// Reads "2026-11-21", "2026-11-21T19:30:44Z", optional fraction, "Z" or "+hh:mm". Milliseconds
// since the epoch.
bool text_parse_time(const char *text, int64_t *unix_ms_out);
// The same of a span; at most TEXT_READ_TIME_BYTES.
enum { TEXT_READ_TIME_BYTES = 64 };
bool text_read_time(struct span text, int64_t *unix_ms_out);
