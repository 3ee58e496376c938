// SPDX-License-Identifier: MIT
//
// JSON written by hand, for lines that are made by the million. The bytes are the same that jansson
// would write, but for the line breaks of Unicode, which are escaped. Thread: any, one buffer per
// thread.
#pragma once

#include "base/buf.h"

#include <stddef.h>

// Appends a quoted JSON string (RFC 8259, section 7). Bytes that are not UTF-8 become U+FFFD.
void json_text_append(struct buf *out, const char *bytes, size_t len);
