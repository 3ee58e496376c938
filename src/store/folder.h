// SPDX-License-Identifier: MIT
//
// Folders by descriptor: each step down is taken from an open folder and follows no symbolic link,
// so that a link put into the store leads nowhere and a folder that another daemon removes in the
// meantime is an error of that step and nothing else. Blocking. Thread: any, one object per thread.
#pragma once

#include "base/err.h"
#include "base/file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct folder {
    int fd;       // -1 when closed
    char *path;   // for messages
    bool is_lazy; // folder_sync does nothing; what is opened from this one is lazy, too
};

// A folder that is not open, for folder_close.
#define FOLDER_CLOSED ((struct folder){.fd = -1})

enum { FOLDER_MODE = 0750, FOLDER_DEPTH_MAX = 4 };

// ERR_NOT_FOUND when it is not there; ERR_IO for everything else, a link or a file included. Only in
// `path` itself links are followed, not in `name`.
enum err_kind folder_open_path(const char *path, struct folder *folder_out, struct err *err);
enum err_kind folder_open_below(const char *path, const char *name, struct folder *folder_out,
                                struct err *err);
enum err_kind folder_open(const struct folder *parent, const char *name, struct folder *folder_out,
                          struct err *err);
// Makes it when it is not there (mode FOLDER_MODE) and fsyncs the parent: the name survives a
// crash, whoever made it. `is_new_out`, which may be NULL, says whether this call made it.
enum err_kind folder_make(const struct folder *parent, const char *name, struct folder *folder_out,
                          bool *is_new_out, struct err *err);
void folder_close(struct folder *folder);

// fsync(2), unless the folder is lazy.
enum err_kind folder_sync(const struct folder *folder, struct err *err);

// The first `limit` names that the system gives, sorted; without . and ...
enum err_kind folder_list(const struct folder *folder, size_t limit, struct file_names *names_out,
                          struct err *err);

// Removes a file or a tree of at most FOLDER_DEPTH_MAX levels. What is not there, or goes away
// meanwhile, is no error.
enum err_kind folder_remove(const struct folder *parent, const char *name, struct err *err);
// Removes it when it is an empty folder; otherwise nothing happens.
void folder_remove_if_empty(const struct folder *parent, const char *name);

// Time of the last change of an entry itself, not of what a link points to; false when it cannot be
// had.
bool folder_entry_time(const struct folder *parent, const char *name, int64_t *unix_ms_out);
