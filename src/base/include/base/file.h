// SPDX-License-Identifier: MIT
//
// Files: whole reads with a limit, durable writes, folders. Blocking; not for the loop's thread
// once the daemon serves (start-up and worker threads only). Errors are ERR_NOT_FOUND, ERR_LIMIT or
// ERR_IO, with the path.
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads the whole file into `out` (initialised by the caller; its limit is the limit). "-" is
// standard input.
enum err_kind file_read(const char *path, struct buf *out, struct err *err);

// Writes a new file durably: created exclusively with `mode`, written, fsynced, closed.
enum err_kind file_write(const char *path, const void *bytes, size_t len, unsigned mode,
                         struct err *err);

// fsync of a folder, so that names created or renamed in it survive a crash.
enum err_kind file_sync_folder(const char *path, struct err *err);

// mkdir -p with `mode` for what is created.
enum err_kind file_make_folders(const char *path, unsigned mode, struct err *err);

// Removes a file or a whole folder, without following symbolic links. What is not there is no
// error.
enum err_kind file_remove_tree(const char *path, struct err *err);

// Names in a folder (without . and ..), sorted bytewise, at most `limit` (then ERR_LIMIT).
struct file_names {
    char **names;
    size_t count;
};
enum err_kind file_list(const char *folder, size_t limit, struct file_names *names_out,
                        struct err *err);
void file_names_deinit(struct file_names *names);

bool file_is_folder(const char *path);
bool file_exists(const char *path);

// "<folder>/<name>", to be released with mem_free.
char *file_join(const char *folder, const char *name);
