// SPDX-License-Identifier: MIT
//
// Operators that the vendor lacks, named in its style; refused when a rule set asks for the
// vendor's language only (strict_vendor).
//
// StringMatches: an I-Regexp (iregexp.h) fits a part of the value, letter case included; values are
// text as under the other String operators. Cidr…: a value is an IP address or a network, and one
// of the list has to be in it (Contains), to hold it (In), or to share an address with it
// (Overlaps). Date…: RFC 3339. Age…: days from the value to the instant of judgement, fractions
// included; a date to come has a negative age. Version…: version.h; a JSON number with a point is
// none, because 8.10 is 8.1 then. Count…: how many elements there are, null not counted; nothing
// found is none. Pure. Thread: any.
#pragma once

#include "operators.h"

enum { OPERATORS_OWN_COUNT = 26 };
extern const struct condition_operator OPERATORS_OWN[OPERATORS_OWN_COUNT];

// The order of two times of RFC 3339, given in milliseconds and as they were written, to the last
// digit of their fractions.
int instant_order(int64_t a_ms, struct span a, int64_t b_ms, struct span b);

// Whether what it says depends on the instant of judgement.
bool operator_needs_instant(const struct condition_operator *op);
