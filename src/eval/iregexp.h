// SPDX-License-Identifier: MIT
//
// I-Regexp (RFC 9485), the regular expressions of JSONPath: alternatives, groups, repetitions,
// character classes and Unicode categories; no captures, no back-references, nothing greedy or
// lazy, because only "does it match" is asked.
//
// A pattern becomes a nondeterministic automaton whose states are followed side by side, so a match
// takes at most |text| * |states| steps, whatever pattern and text; and for matches of ASCII text a
// table that is read once a byte. All of RFC 9485 is there, with the categories of Unicode 14.0.
// One thing is read as the compliance suite of RFC 9535 reads it: an unescaped ^ and $ outside of
// brackets stand for the start and the end of the text, as in the dialects that RFC 9485, 5, maps
// to. Thread: a compiled pattern is read-only.
#pragma once

#include "base/err.h"
#include "iregexp_tail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iregexp;

// The matches that a table is made for: of the whole text, of a part of it. A table makes these
// faster and changes nothing else; a pattern that is matched once is better off without. None is
// made past LIMIT_PATTERN_DFA_STATES or LIMIT_PATTERN_DFA_WORK.
enum { IREGEXP_TABLE_NONE = 0, IREGEXP_TABLE_WHOLE = 1, IREGEXP_TABLE_PART = 2 };

// Compiles a pattern of well-formed UTF-8. ERR_INVALID with the position (bytes, from 1);
// ERR_LIMIT past LIMIT_PATTERN_BYTES, LIMIT_PATTERN_DEPTH or LIMIT_PATTERN_STATES (x{1000} has
// 1000 states).
enum err_kind iregexp_compile(const char *pattern, size_t len, unsigned tables,
                              struct iregexp **regexp_out, struct err *err);
void iregexp_destroy(struct iregexp **regexp);

// What a pattern is matched against; borrowed, well-formed UTF-8.
struct iregexp_subject {
    const char *text;
    size_t len;
    bool is_whole; // the pattern must fit the whole text; else any part of it
};

// Ends as soon as the answer is known. A step looks at one state, or at one item of a character
// class, for one character; a match by a table is charged the steps that it saves, so that what
// passes a limit does not depend on the table. A text that is too short for the pattern, or
// ends in a way that none does which matches, costs one step. Takes the steps off *steps_left; ERR_LIMIT when these do not suffice.
enum err_kind iregexp_match(const struct iregexp *regexp, const struct iregexp_subject *subject,
                            size_t *steps_left, bool *is_match_out, struct err *err);

// What a match looks at first.
struct iregexp_tail iregexp_tail(const struct iregexp *regexp);

size_t iregexp_state_count(const struct iregexp *regexp);
// The states of a table, 0 when there is none.
size_t iregexp_table_state_count(const struct iregexp *regexp, bool is_whole);
