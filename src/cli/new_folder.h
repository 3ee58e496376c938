// SPDX-License-Identifier: MIT
//
// A folder that a command fills and that appears whole: filled beside it under another name, renamed
// when all of it is there. Private to cli. Thread: main.
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct new_folder {
    char *path; // where it shall be, without trailing slashes
    char *work; // where it is filled
    bool stays; // when something failed: for the next run
};

// Makes an empty folder to fill, of a name that nobody else has. ERR_CONFLICT when `out` exists.
enum err_kind new_folder_begin(const char *out, struct new_folder *folder_out, struct err *err);
// "<out>.part" is where it is filled, by one run after the other until all of it is there. Whether
// there is one, and what is in it, is for the caller to look at. ERR_CONFLICT when `out` exists.
enum err_kind new_folder_resume(const char *out, struct new_folder *folder_out, struct err *err);
// Puts it in place when `made` is ERR_OK, else removes it if it does not stay; frees. Returns `made`, or ERR_IO when it
// could not be put in place.
enum err_kind new_folder_end(struct new_folder *folder, enum err_kind made, struct err *err);
