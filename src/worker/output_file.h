// SPDX-License-Identifier: MIT
//
// One file of a report while it is written: bytes go out in order, and its length and SHA-256 are
// known at the end without reading it again. Not fsynced here: the store does that for the whole
// folder before it publishes. Blocking. Thread: its owner's.
#pragma once

#include "base/digest.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output_file {
    int fd; // -1 when closed
    char *path;
    uint64_t bytes;
    struct digest *digest;
    char digest_hex[DIGEST_HEX_BYTES]; // after output_file_close
};

// A file that is not open, for deinit of half-made owners.
#define OUTPUT_FILE_INIT ((struct output_file){.fd = -1})

// Creates <folder>/<name>; ERR_IO when it exists already or cannot be made.
enum err_kind output_file_open(struct output_file *file, const char *folder, const char *name,
                               struct err *err);
bool output_file_is_open(const struct output_file *file);
enum err_kind output_file_write(struct output_file *file, const char *bytes, size_t len,
                                struct err *err);
enum err_kind output_file_close(struct output_file *file, struct err *err);
// Closes without an answer when it is still open, and frees.
void output_file_deinit(struct output_file *file);
