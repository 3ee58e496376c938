// SPDX-License-Identifier: MIT
#include "new_folder.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FOLDER_MODE = 0750 };

static char *without_trailing_slashes(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    return mem_text_n(path, len);
}

// A name that nobody else has, so that nothing of somebody else's is ever removed.
static enum err_kind make_work_folder(struct new_folder *folder, struct err *err)
{
    if (file_exists(folder->path)) {
        return err_set(err, ERR_CONFLICT, "%s exists already; --out names a new folder",
                       folder->path);
    }
    if (mkdtemp(folder->work) == NULL || chmod(folder->work, FOLDER_MODE) != 0) {
        return err_set_errno(err, ERR_IO, errno, "--out: cannot make a folder beside %s",
                             folder->path);
    }
    return ERR_OK;
}

enum err_kind new_folder_begin(const char *out, struct new_folder *folder_out, struct err *err)
{
    struct new_folder folder = {.path = without_trailing_slashes(out)};
    folder.work = mem_format("%s.XXXXXX", folder.path);
    if (make_work_folder(&folder, err) != ERR_OK) {
        mem_free(&folder.path);
        mem_free(&folder.work);
        return err->kind;
    }
    *folder_out = folder;
    return ERR_OK;
}

enum err_kind new_folder_end(struct new_folder *folder, enum err_kind made, struct err *err)
{
    enum err_kind kind = made;
    if (kind == ERR_OK && rename(folder->work, folder->path) != 0) {
        kind = err_set_errno(err, ERR_IO, errno, "rename %s to %s", folder->work, folder->path);
    }
    if (kind != ERR_OK) {
        struct err ignored = ERR_INIT;
        (void)file_remove_tree(folder->work, &ignored);
    }
    mem_free(&folder->work);
    mem_free(&folder->path);
    return kind;
}
