// SPDX-License-Identifier: MIT
//
// Percent-decoding of what a client sent. Its reverse, as the vendor's signatures have it (A-Z a-z
// 0-9 - _ . ~ stay, all else is %XY in upper case), is text_percent_encode. Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>

// Appends the decoded bytes; with `plus_is_blank`, as in form bodies and queries (WHATWG URL, 5.1),
// '+' is a blank. False for a '%' without two hex digits, a NUL, encoded or not, bytes that are no
// UTF-8 (overlong forms and surrogates included), and past the limit of `out`, whose `overflow` is
// set then. On false `out` has no more bytes than before.
bool percent_decode(struct buf *out, struct span text, bool plus_is_blank);
