// SPDX-License-Identifier: MIT
//
// Lays a compact JSON text out as json_write would write its value: members in the order of their
// names, one to a line. For texts that this room wrote itself (findings_ndjson.c), of which a report
// repeats hundreds: reading each into a tree would cost more than all the rest of the report. Private
// to render. Pure. Thread: any.
#pragma once

#include "base/buf.h"

#include <stddef.h>

// `text` is one JSON value without blanks, up to a line's end or a NUL; anything else is a mistake of
// ours. `depth` is the number of containers around it. Numbers keep their spelling.
void json_layout(const char *text, size_t depth, struct buf *out);
