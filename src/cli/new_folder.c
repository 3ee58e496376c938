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

static struct new_folder name_both(const char *out, const char *suffix)
{
    struct new_folder folder = {.path = without_trailing_slashes(out)};
    folder.work = mem_format("%s%s", folder.path, suffix);
    return folder;
}

static void deinit(struct new_folder *folder)
{
    mem_free(&folder->work);
    mem_free(&folder->path);
}

static enum err_kind check_place(const struct new_folder *folder, struct err *err)
{
    return file_exists(folder->path)
               ? err_set(err, ERR_CONFLICT, "%s exists already; --out names a new folder",
                         folder->path)
               : ERR_OK;
}

// A name that nobody else has, so that nothing of somebody else's is ever removed.
static enum err_kind make_work_folder(const struct new_folder *folder, struct err *err)
{
    if (mkdtemp(folder->work) == NULL || chmod(folder->work, FOLDER_MODE) != 0) {
        return err_set_errno(err, ERR_IO, errno, "--out: cannot make a folder beside %s",
                             folder->path);
    }
    return ERR_OK;
}

enum err_kind new_folder_begin(const char *out, struct new_folder *folder_out, struct err *err)
{
    struct new_folder folder = name_both(out, ".XXXXXX");
    if (check_place(&folder, err) != ERR_OK || make_work_folder(&folder, err) != ERR_OK) {
        deinit(&folder);
        return err->kind;
    }
    *folder_out = folder;
    return ERR_OK;
}

enum err_kind new_folder_resume(const char *out, struct new_folder *folder_out, struct err *err)
{
    struct new_folder folder = name_both(out, ".part");
    folder.stays = true;
    if (check_place(&folder, err) != ERR_OK) {
        deinit(&folder);
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
    if (kind != ERR_OK && !folder->stays) {
        struct err ignored = ERR_INIT;
        (void)file_remove_tree(folder->work, &ignored);
    }
    deinit(folder);
    return kind;
}
