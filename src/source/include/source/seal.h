// SPDX-License-Identifier: MIT
//
// The seal of a rules folder: a list of its rule files with their SHA-256, in the form that
// sha256sum(1) writes and checks. A folder that has one is taken at its word: source_load_rules
// breaks the rules of each file that is not listed or not as it was, also of one that is named by
// itself, so that no change of a byte makes a finding better in silence.
//
// Whoever can change rules can seal them anew: a seal shows accidents and half-done changes, and
// what a reviewed seal in version control does not agree with. Blocking. Thread: any.
#pragma once

#include "base/err.h"
#include "domain/diag.h"

#include <stdbool.h>
#include <stddef.h>

#define SEAL_FILE "rules.sha256"

// Writes the seal of a folder, in place of the one that is there, as a whole or not at all. Nothing
// is written when it would be the same. ERR_INVALID when the folder holds no rule file, or one with
// a name that a line cannot hold; ERR_NOT_FOUND, ERR_LIMIT, ERR_IO.
struct seal_result {
    size_t files;
    bool is_changed;
};
enum err_kind seal_write(const char *folder, struct seal_result *result_out, struct err *err);

// Holds the files of a folder, or one file, against the seal of the folder; no complaint when it has
// none. Each difference is an error: rules.seal.changed, rules.seal.unlisted, rules.seal.missing (of
// a folder: listed and not there), rules.seal.invalid (a line of the seal that is none).
// ERR_NOT_FOUND (also when the seal is a link to nothing), ERR_IO, ERR_LIMIT.
enum err_kind seal_verify(const char *path, struct diags *diags, struct err *err);
