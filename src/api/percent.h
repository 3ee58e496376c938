// SPDX-License-Identifier: MIT
//
// Percent-encoding as the vendor's signatures have it (alibaba-config.md 5.1: A-Z a-z 0-9 - _ . ~
// stay, all else is %XY in upper case, of the UTF-8 bytes). Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>

void percent_encode(struct buf *out, struct span text);

// Appends the decoded bytes; `plus_is_blank` in form bodies and queries (WHATWG URL, 5.1). False for a
// '%' without two hex digits, a NUL, or bytes that are no UTF-8 (overlong forms and surrogates
// included); then `out` holds no more than before.
bool percent_decode(struct buf *out, struct span text, bool plus_is_blank);
