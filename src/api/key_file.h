// SPDX-License-Identifier: MIT
//
// The text of a file that holds secrets, and that nobody else may read. Blocking; not for the loop's
// thread once the daemon serves.
#pragma once

#include "base/err.h"

#include <stddef.h>

struct key_file {
    char *bytes;
    size_t len;
};

// ERR_CONFIG, with what would be right, when the path cannot be read, is no regular file, has more
// than `limit` bytes, or when its mode lets others than its owner at it (base/exposure.h).
enum err_kind key_file_read(const char *path, size_t limit, struct key_file *file_out,
                            struct err *err);
// Wipes it.
void key_file_deinit(struct key_file *file);
