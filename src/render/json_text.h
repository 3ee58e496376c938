// SPDX-License-Identifier: MIT
//
// JSON strings written by hand, for what is made by the million. Thread: any, one buffer per thread.
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

// Appends a quoted JSON string (RFC 8259, section 7). Bytes that are not UTF-8 become U+FFFD. What
// is UTF-8 gives the bytes that jansson would write, but for the line breaks of Unicode, which are
// escaped.
void json_text_append(struct buf *out, const char *bytes, size_t len);

// What has to be escaped, and the escape of a character of at most U+FFFF, both as jansson has them.
static inline bool json_text_needs_escape(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}
void json_text_append_escape(struct buf *out, unsigned code);
