// SPDX-License-Identifier: MIT
//
// Diagnostics: what is wrong with an input (pack, rule, inventory line, waiver, account), where,
// and what would be right.
//
// A loader goes on where it can and collects diagnostics; the caller decides whether an error among
// them stops it. Each names the file, line and column (1-based, 0 unknown) and a JSON pointer (RFC
// 6901, "" the whole document) where they apply. At most LIMIT_DIAGNOSTICS are kept, errors
// rather than warnings; the rest are counted. Thread: the owner's.
#pragma once

#include "base/buf.h"
#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>

enum diag_severity { DIAG_WARNING, DIAG_ERROR };

struct diag {
    enum diag_severity severity;
    char *code;    // stable name for tools and tests: "rule.operator.unknown"
    char *file;    // NULL when there is none
    size_t line;   // 1-based, 0 when not known
    size_t column; // characters, 1-based, 0 when not known
    char *pointer; // NULL when it does not apply
    char *message; // what is wrong and what would be right, one sentence
};

struct diags {
    struct diag *items;
    size_t count;
    size_t capacity;
    size_t errors;   // all that were added, kept or not
    size_t warnings; // all that were added, kept or not
};

// Where the next diagnostics belong; borrowed by every call.
struct diag_place {
    const char *file;
    size_t line;
    size_t column;
    const char *pointer;
};

void diags_init(struct diags *diags);
void diags_deinit(struct diags *diags);

void diags_add(struct diags *diags, enum diag_severity severity, const char *code,
               struct diag_place place, const char *format, ...) PRINTF_LIKE(5, 6);

// Moves all of `from` behind those of `diags`; `from` is empty afterwards.
void diags_take_all(struct diags *diags, struct diags *from);

// Moves all of `from` between those of `diags`: both hold errors only, in the order of their lines,
// and together they do so then, those of `diags` first in an equal line. The last ones past the
// limit are counted only. `from` is empty afterwards.
void diags_merge_lines(struct diags *diags, struct diags *from);

// Adds a copy of each of `from` behind those of `diags`, and its counts.
void diags_copy_all(struct diags *diags, const struct diags *from);

// "file:line:column: error: message (at /pointer) [code]" without a line end.
void diag_format(const struct diag *diag, struct buf *out);
