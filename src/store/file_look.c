// SPDX-License-Identifier: MIT
//
// Whether a file store could be opened, found out without making anything.
#include "store/store.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool is_there(const char *path, bool *is_certain)
{
    struct stat status;
    bool there = lstat(path, &status) == 0; // a link that leads nowhere is in the way
    *is_certain = there || errno == ENOENT;
    return there;
}

// Shortens the path by its last name; false when there is no name left.
static bool cut_name(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        bool was_here = strcmp(path, ".") == 0;
        (void)strcpy(path, "."); // NOLINT(clang-analyzer-security.insecureAPI.strcpy): not longer
        return !was_here;
    }
    bool was_root = slash == path && slash[1] == '\0';
    slash[slash == path ? 1 : 0] = '\0';
    return !was_root;
}

// Views of the kernel: root may write to their folders, and nobody can make one in them.
static bool is_view(const char *path)
{
    struct statfs status;
    if (statfs(path, &status) != 0) {
        return false;
    }
    switch (status.f_type) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case SECURITYFS_MAGIC:
    case DEBUGFS_MAGIC:
    case DEVPTS_SUPER_MAGIC:
        return true;
    default:
        return false;
    }
}

static enum err_kind look(char *path, const char *root, struct err *err)
{
    bool is_certain;
    while (!is_there(path, &is_certain) && is_certain && cut_name(path)) {
    }
    if (!is_certain) {
        return err_set_errno(err, ERR_CONFIG, errno, "%s", path);
    }
    if (!file_is_folder(path)) {
        return err_set(err, ERR_CONFIG, "%s: is not a folder", path);
    }
    if (is_view(path)) {
        return err_set(err, ERR_CONFIG, "%s: cannot be made in a file system of the kernel", root);
    }
    return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0
               ? ERR_OK
               : err_set_errno(err, ERR_CONFIG, errno, "%s: is not to be written to", path);
}

enum err_kind store_file_look(const char *root, struct err *err)
{
    char *path = mem_text(root);
    for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--) {
        path[len - 1] = '\0';
    }
    enum err_kind kind = look(path, root, err);
    mem_free(&path);
    return kind;
}
