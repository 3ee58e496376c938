// SPDX-License-Identifier: MIT
//
// Text that one character parts, as the scripts write their records: lines, and fields with a '|'
// between them. An empty text is one empty part. Pure. Private to queue.
#pragma once

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Finds the parts, which lie in `text`. False when there are more or fewer than `count`; then what
// stands in `parts_out` means nothing.
bool parts_split(struct span text, char separator, struct span *parts_out, size_t count);
// The same in place: a NUL takes the place of each separator. On false a part
// of the text may be cut up.
bool parts_cut(char *text, char separator, char **parts_out, size_t count);

// Copies a part and a NUL. False when it has `size` bytes or more; then nothing is written.
bool parts_copy(struct span part, char *out, size_t size);
// A whole number (text_to_int64); an empty part is 0. Written on true only.
bool parts_number(struct span part, int64_t *value_out);
