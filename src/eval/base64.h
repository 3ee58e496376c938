// SPDX-License-Identifier: MIT
//
// Base64 (RFC 4648, section 4), read strictly: standard alphabet, padding required, no blanks,
// unused bits zero. Pure. Thread: any.
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

// Appends the decoded bytes to `out`. False when the text is not valid (some bytes may then have
// been appended) or the limit of `out` is passed.
bool base64_decode(const char *text, size_t len, struct buf *out);
