// SPDX-License-Identifier: MIT
//
// UTF-8, character by character. All but utf8_append want text that is known to be well-formed
// (text_is_utf8, or from jansson). Pure. Thread: any.
#pragma once

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

// Appends a code point; not a surrogate, at most U+10FFFF.
void utf8_append(struct buf *out, uint32_t code_point);

// The code point at *at, which stands before `end`; moves *at behind it.
uint32_t utf8_next(const char **at, const char *end);

// Characters of a text.
size_t utf8_count(const char *text, size_t len);
