// SPDX-License-Identifier: MIT
//
// Numbers of a JSON tree as they were written. jansson keeps integers of 64 bits and doubles: it
// loses digits, and 1.10 comes back as 1.1000000000000001. So a number that it would not give back
// as it stood in the text (one with a point or an exponent, of more than 64 bits, or "-0") is kept
// as a written number: a jansson string of the byte 0xff, which no text of a document can hold, and
// the characters of the number. Trees of json_exact.h hold such numbers and no JSON_REAL. Whoever
// reads such a tree asks here whether a string is a text; json_dumps refuses it. Pure. Thread: as
// the tree.
#pragma once

#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>

// An exponent of more digits is beyond what numbers are compared with.
enum { JSON_EXPONENT_DIGITS = 9 };

// NULL is none of these.
bool json_number_is_written(const json_t *json);
bool json_number_is(const json_t *json); // an integer, a real, or a written number
bool json_text_is(const json_t *json);   // a string that is no written number

// The characters of a written number; borrowed from it.
struct span json_number_text(const json_t *written);
// Whether a number has a point or an exponent.
bool json_number_is_fraction(struct span number);
// Whether a number has an exponent of more than JSON_EXPONENT_DIGITS digits.
bool json_number_is_excessive(struct span number);

// The number at the start of the text, as RFC 8259, section 6, has it: its length, 0 when there is
// none. What follows is not looked at.
size_t json_number_len(struct span text);

// A number (all of the span) as a tree, a new reference: an integer when that gives back the same
// characters, else a written number.
json_t *json_number_new(struct span number);
