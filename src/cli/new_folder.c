// SPDX-License-Identifier: MIT
#include "new_folder.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>

enum { FOLDER_MODE = 0750 };

enum err_kind new_folder_begin(const char *out, char **partial_out, struct err *err)
{
    if (file_exists(out)) {
        return err_set(err, ERR_CONFLICT, "%s exists already; --out names a new folder", out);
    }
    char *partial = mem_format("%s.partial", out);
    enum err_kind kind = file_remove_tree(partial, err);
    if (kind == ERR_OK) {
        kind = file_make_folders(partial, FOLDER_MODE, err);
    }
    if (kind != ERR_OK) {
        mem_free(&partial);
        return err_prefix(err, "--out");
    }
    *partial_out = partial;
    return ERR_OK;
}

enum err_kind new_folder_end(const char *out, char **partial, enum err_kind made, struct err *err)
{
    enum err_kind kind = made;
    if (kind == ERR_OK && rename(*partial, out) != 0) {
        kind = err_set_errno(err, ERR_IO, errno, "rename %s to %s", *partial, out);
    }
    if (kind != ERR_OK) {
        struct err ignored = ERR_INIT;
        (void)file_remove_tree(*partial, &ignored);
    }
    mem_free(partial);
    return kind;
}
