// SPDX-License-Identifier: MIT
//
// I-Regexp (RFC 9485), the regular expressions of JSONPath: alternatives, groups, repetitions,
// character classes and Unicode categories; no captures, no back-references, nothing greedy or
// lazy, because only "does it match" is asked.
//
// A pattern becomes a nondeterministic automaton whose states are followed side by side, so a match
// takes at most |text| * |states| steps, whatever pattern and text. All of RFC 9485 is there, with
// the categories of Unicode 14.0. One thing is read as the compliance suite of RFC 9535 reads it:
// an unescaped ^ and $ outside of brackets stand for the start and the end of the text, as in the
// dialects that RFC 9485, 5, maps to. Thread: a compiled pattern is read-only.
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iregexp;

// Compiles a pattern of well-formed UTF-8. ERR_INVALID with the position (bytes, from 1);
// ERR_LIMIT past LIMIT_PATTERN_BYTES, LIMIT_PATTERN_DEPTH or LIMIT_PATTERN_STATES (x{1000} has
// 1000 states).
enum err_kind iregexp_compile(const char *pattern, size_t len, struct iregexp **regexp_out,
                              struct err *err);
void iregexp_destroy(struct iregexp **regexp);

// What a pattern is matched against; borrowed, well-formed UTF-8.
struct iregexp_subject {
    const char *text;
    size_t len;
    bool is_whole; // the pattern must fit the whole text; else any part of it
};

// Ends as soon as the answer is known. A step looks at one state, or at one item of a character
// class, for one character. Takes the steps off *steps_left; ERR_LIMIT when these do not suffice.
enum err_kind iregexp_match(const struct iregexp *regexp, const struct iregexp_subject *subject,
                            size_t *steps_left, bool *is_match_out, struct err *err);

size_t iregexp_state_count(const struct iregexp *regexp);
