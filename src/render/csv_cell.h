// SPDX-License-Identifier: MIT
//
// One cell of a CSV file (RFC 4180): in quotes where it has to be, and defused where a spreadsheet could take it
// for a formula. Private to the room. Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "base/span.h"

#include <stddef.h>

// The first cell of a row, and each one behind it, with the comma.
void csv_append_text(struct buf *out, const char *text, size_t len);
void csv_append_cell(struct buf *out, struct span text);
