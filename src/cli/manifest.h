// SPDX-License-Identifier: MIT
//
// The manifest of a report (docs/report.md) as whoever copies the report reads it: what files there
// are and how each is checked. Private to cli. Thread: main.
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stdint.h>

#define MANIFEST_FILE "manifest.json"
enum { MANIFEST_BYTES_MAX = 1024 * 1024 };

// A JSON that lists files (json_decref); `path` names it for messages. ERR_CORRUPT when it is none.
enum err_kind manifest_parse(const struct buf *text, const char *path, json_t **manifest_out,
                             struct err *err);

// The texts are borrowed of the manifest.
struct manifest_file {
    const char
        *name; // stays inside the folder, whatever the manifest says, and is not MANIFEST_FILE
    const char *sha256;
    uint64_t bytes;
};

size_t manifest_count(const json_t *manifest);
// The file of that number, from 0 on. ERR_CORRUPT when name, bytes or sha256 cannot be used.
enum err_kind manifest_file(const json_t *manifest, size_t index, struct manifest_file *file_out,
                            struct err *err);
