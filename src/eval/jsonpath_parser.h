// SPDX-License-Identifier: MIT
//
// The state of a parse of one JSONPath, shared by the grammar and the reading of quoted names.
// Thread: its owner's.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "jsonpath.h"

#include <stdbool.h>
#include <stddef.h>

enum { JSONPATH_NO_CHAR = -1 };

struct jsonpath_parser {
    const char *text;
    size_t len;
    size_t at;
    enum jsonpath_mode mode;
    struct jsonpath *path;
    struct err *err;
};

// Fill the error with the position where the parser stands. Always false, so that rules can return
// it. The second says "expected …, found …".
bool jsonpath_fail(struct jsonpath_parser *parser, const char *format, ...) PRINTF_LIKE(2, 3);
bool jsonpath_fail_expected(struct jsonpath_parser *parser, const char *expected);

// The byte that comes next, JSONPATH_NO_CHAR at the end.
int jsonpath_peek(const struct jsonpath_parser *parser);
// Takes the byte that comes next when it is the one wanted.
bool jsonpath_accept(struct jsonpath_parser *parser, char wanted);

// Reads a quoted name whose opening quote was taken, up to and with the closing one.
bool jsonpath_parse_string(struct jsonpath_parser *parser, char quote, struct buf *out);
