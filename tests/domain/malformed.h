// SPDX-License-Identifier: MIT
//
// Tables of malformed inputs: each row is one wrong input and the one diagnostic that it must get.
#pragma once

#include "base/err.h"
#include "domain/diag.h"

#include <stddef.h>

struct malformed_row {
    const char *name;
    const char *json;    // with ' for "
    const char *code;    // of the only error
    const char *pointer; // NULL: none, a syntax error
    size_t line;         // 0: none
    const char *says;    // must be part of the message
};

// Loads the text as the loader under test does, and frees what it loaded.
typedef enum err_kind (*malformed_load)(const char *json, size_t len, struct diags *diags,
                                        struct err *err);

// The text with each ' turned into "; mem_free.
char *json_of(const char *quoted);

// Runs each row. `expected` is what the loader returns; with ERR_OK the fault is only a diagnostic.
void malformed_run(const struct malformed_row *rows, size_t count, malformed_load load,
                   enum err_kind expected);

// The first diagnostic of this severity with this code, or NULL.
const struct diag *find_diag(const struct diags *diags, enum diag_severity severity,
                             const char *code);

// A text of `count` times `piece`, with `separator` between; mem_free.
char *repeat(const char *piece, const char *separator, size_t count);
