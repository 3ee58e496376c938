// SPDX-License-Identifier: MIT
//
// Escapes in texts of JSON (RFC 8259, section 7). Private to the room. Pure. Thread: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes between the quotes of a text, and where in the document the escaping backslashes are: the
// next one at *escapes, in ascending order, behind the last a position past the text.
struct escaped_text {
    const char *document;
    size_t begin;
    size_t end;
};

// Whether each is an escape that JSON has, surrogates come in pairs, and none means NUL. Moves
// *escapes behind those of the text.
bool escape_check(const struct escaped_text *text, const uint32_t **escapes);

// Writes a text that was checked without its escapes; it becomes shorter. Returns its length.
size_t escape_decode(const char *text, size_t len, char *out);
