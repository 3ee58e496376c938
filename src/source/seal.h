// SPDX-License-Identifier: MIT
//
// A seal while the files of its folder are being read. Thread: its owner's.
#pragma once

#include "base/buf.h"
#include "source/seal.h"

struct seal;

// *seal_out is NULL when the folder has none. Lines that are none become diagnostics. ERR_NOT_FOUND
// when the seal is a link to nothing, ERR_IO, ERR_LIMIT.
enum err_kind seal_open(const char *folder, struct seal **seal_out, struct diags *diags,
                        struct err *err);
// The same for the folder that a file lies in; none for "-", standard input.
enum err_kind seal_open_beside(const char *path, struct seal **seal_out, struct diags *diags,
                               struct err *err);
void seal_close(struct seal **seal); // NULL is allowed

// Whether a file of the folder is as the seal says; else the reason is a diagnostic. True without a
// seal.
bool seal_fits(struct seal *seal, const char *path, const struct buf *content, struct diags *diags);

// A diagnostic for each file that is listed and was not asked for.
void seal_end(const struct seal *seal, struct diags *diags);
