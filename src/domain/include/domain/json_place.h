// SPDX-License-Identifier: MIT
//
// Where a value stands in a JSON text, by its JSON pointer (RFC 6901): for messages and for tools
// that mark the place, because the parser keeps no positions. Pure. Thread: any.
#pragma once

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

struct json_place {
    size_t offset;     // bytes, from 0
    size_t len;        // bytes
    size_t line;       // of the first character, from 1
    size_t column;     // likewise; characters, not bytes
    size_t end_line;   // of the place behind the last character
    size_t end_column; // likewise
};

// What of a member is meant. An object or array that is a member stands at its name in any case,
// else at its opening bracket: nobody wants a hundred lines marked.
enum json_place_part { JSON_PLACE_VALUE, JSON_PLACE_NAME };

// Looks a pointer up. A text that holds JSON is looked into when the pointer goes on behind it, and
// an object in it with the member ComplianceConditions stands for the value of that member, as in
// rules (domain/rule.h). Of two members of one name the last counts.
//
// False when nothing is there; the place is then that of the nearest value around it. The text may
// be anything, also no JSON; an offset is never behind its end.
bool json_place_find(struct span text, const char *pointer, enum json_place_part part,
                     struct json_place *place_out);

// The place of `len` bytes at `offset`; what lies behind the end of the text is cut off.
struct json_place json_place_at(struct span text, size_t offset, size_t len);

// The same for one character at a line and column, as parsers count them; the nearest place that is
// there.
struct json_place json_place_at_line(struct span text, size_t line, size_t column);
