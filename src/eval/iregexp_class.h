// SPDX-License-Identifier: MIT
//
// The state of a parse of one I-Regexp, and what stands for one character of the text: a plain
// character, an escape, a dot, a category, a bracket expression. Thread: its owner's.
#pragma once

#include "base/check.h"
#include "iregexp_tree.h"

enum { IREGEXP_NO_CHAR = -1 };

struct iregexp_parser {
    const char *text;
    size_t len;
    size_t at;
    size_t depth; // open groups
    struct iregexp_sets *sets;
    struct err *err;
};

// Fill the error, ERR_INVALID or ERR_LIMIT, with the position where the parser stands. Always
// false, so that rules can return it.
bool iregexp_fail(struct iregexp_parser *parser, const char *reason);
bool iregexp_exceed(struct iregexp_parser *parser, const char *format, ...) PRINTF_LIKE(2, 3);

// The byte that comes next, IREGEXP_NO_CHAR at the end.
int iregexp_peek(const struct iregexp_parser *parser);
// Takes the byte that comes next when it is the one wanted.
bool iregexp_accept(struct iregexp_parser *parser, char wanted);

// Reads what stands for one character; not at the end of the pattern. *set_out is its number among
// the sets.
bool iregexp_parse_set(struct iregexp_parser *parser, size_t *set_out);
