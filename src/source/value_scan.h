// SPDX-License-Identifier: MIT
//
// Finds where a JSON value ends, piece by piece and without a tree, by its strings, escapes and
// brackets. What the value holds is not checked; the evaluator does that. Pure. Thread: its
// owner's.
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Between tokens (RFC 8259, section 2).
bool value_is_blank(char c);

enum value_end {
    VALUE_GOES_ON,
    VALUE_ENDS,
    VALUE_BRACKETS_DIFFER, // a ] closes a {, or the other way round
};

struct value_scan {
    uint64_t depth;
    uint64_t lines; // line ends met
    bool is_begun;
    bool is_bare; // a number or a word, which ends before what follows it
    bool in_string;
    bool is_escaped;
    bool is_array[LIMIT_RECORD_DEPTH + 1]; // by depth; deeper ones are counted only
};

// A value is about to begin: its first byte is the next one, and no blank.
void value_scan_begin(struct value_scan *scan);

// Looks at up to `len` bytes, sets how many belong to the value, and says whether it ends with
// them. Line ends are overwritten, so that the value becomes one line: by a blank between tokens,
// and in a string, where they are an error, by a control character that is one, too.
enum value_end value_scan_run(struct value_scan *scan, char *bytes, size_t len, size_t *taken_out);
