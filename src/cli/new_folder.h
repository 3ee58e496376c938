// SPDX-License-Identifier: MIT
//
// A folder that a command fills and that appears whole: made as "<out>.partial", renamed when all
// of it is there, removed when something failed. Private to cli. Thread: main.
#pragma once

#include "base/err.h"

// Makes an empty "<out>.partial" (over what an earlier run left). ERR_CONFLICT when `out` exists.
// mem_free.
enum err_kind new_folder_begin(const char *out, char **partial_out, struct err *err);
// Puts it in place when `made` is ERR_OK, else removes it; frees and nulls *partial. Returns
// `made`, or ERR_IO when the rename failed.
enum err_kind new_folder_end(const char *out, char **partial, enum err_kind made, struct err *err);
