// SPDX-License-Identifier: MIT
//
// Whether bytes are a number of JSON (RFC 8259, section 6). Private to the room. Thread: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// An exponent has at most SCAN_EXPONENT_DIGITS digits. DIGITS_MAX bytes from `text` are readable.
bool number_check(const char *text, size_t len);
