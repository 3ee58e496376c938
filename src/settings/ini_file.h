// SPDX-License-Identifier: MIT
//
// An INI file, read by inih, with exact line numbers and without its silent cuts.
//
// inih would cut a long line, join an indented line to the one above and ignore what follows a
// section's "]"; here each line is handed to it by a reader that refuses or trims such lines first.
// Comments begin with ";" or "#", behind a value with " ;". Blocking. Thread: any.
#pragma once

#include "base/err.h"

enum { INI_FILE_BYTES_MAX = 1024 * 1024 };

// Both return ERR_OK or fill `err` without the place; that ends the reading.
struct ini_file_handlers {
    void *context;
    enum err_kind (*on_section)(void *context, const char *section, struct err *err);
    enum err_kind (*on_value)(void *context, const char *section, const char *key,
                              const char *value, unsigned line, struct err *err);
};

// ERR_CONFIG with "<file>:<line>: …" for the first line that is wrong.
enum err_kind ini_file_read(const char *file, const struct ini_file_handlers *handlers,
                            struct err *err);
