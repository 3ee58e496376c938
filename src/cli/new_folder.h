// SPDX-License-Identifier: MIT
//
// A folder that a command fills and that appears whole: made beside it under a name of its own,
// renamed when all of it is there, removed when something failed. Private to cli. Thread: main.
#pragma once

#include "base/err.h"

struct new_folder {
    char *path; // where it shall be, without trailing slashes
    char *work; // where it is filled
};

// Makes an empty folder to fill. ERR_CONFLICT when `out` exists.
enum err_kind new_folder_begin(const char *out, struct new_folder *folder_out, struct err *err);
// Puts it in place when `made` is ERR_OK, else removes it; frees. Returns `made`, or ERR_IO when it
// could not be put in place.
enum err_kind new_folder_end(struct new_folder *folder, enum err_kind made, struct err *err);
