// SPDX-License-Identifier: MIT
#include "folder.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_BYTES = 4096 };

static enum err_kind fail(struct err *err, const char *folder, const char *name)
{
    enum err_kind kind = errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    return err_set_errno(err, kind, errno, "%s/%s", folder, name);
}

static enum err_kind open_whole(const char *path, int flags, struct folder *folder_out,
                                struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    if (fd < 0) {
        return err_set_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "%s", path);
    }
    *folder_out = (struct folder){.fd = fd, .path = mem_text(path)};
    return ERR_OK;
}

enum err_kind folder_open_path(const char *path, struct folder *folder_out, struct err *err)
{
    return open_whole(path, 0, folder_out, err);
}

enum err_kind folder_open_below(const char *path, const char *name, struct folder *folder_out,
                                struct err *err)
{
    char *whole = file_join(path, name);
    enum err_kind kind = open_whole(whole, O_NOFOLLOW, folder_out, err);
    mem_free(&whole);
    return kind;
}

enum err_kind folder_open(const struct folder *parent, const char *name, struct folder *folder_out,
                          struct err *err)
{
    int fd = openat(parent->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return fail(err, parent->path, name);
    }
    *folder_out = (struct folder){
        .fd = fd, .path = file_join(parent->path, name), .is_lazy = parent->is_lazy};
    return ERR_OK;
}

enum err_kind folder_make(const struct folder *parent, const char *name, struct folder *folder_out,
                          bool *is_new_out, struct err *err)
{
    bool is_new = mkdirat(parent->fd, name, FOLDER_MODE) == 0;
    if (!is_new && errno != EEXIST) {
        return fail(err, parent->path, name);
    }
    if (folder_sync(parent, err) != ERR_OK ||
        folder_open(parent, name, folder_out, err) != ERR_OK) {
        return err->kind;
    }
    if (is_new_out != NULL) {
        *is_new_out = is_new;
    }
    return ERR_OK;
}

void folder_close(struct folder *folder)
{
    if (folder->fd >= 0) {
        (void)close(folder->fd);
    }
    mem_free(&folder->path);
    folder->fd = -1;
}

enum err_kind folder_sync(const struct folder *folder, struct err *err)
{
    if (!folder->is_lazy && fsync(folder->fd) != 0) {
        return err_set_errno(err, ERR_IO, errno, "%s", folder->path);
    }
    return ERR_OK;
}

// The names in an open folder. opendir(3) would cost three more calls for each folder and 32 KiB of
// heap, and a report is worth a handful of them.
struct names {
    int fd;
    int failure; // errno of the call that ended it, or 0
    size_t len;  // bytes read
    size_t at;   // the next of them to be looked at
    _Alignas(struct dirent64) char bytes[NAMES_BYTES];
};

// From the first name on, whatever was read from the descriptor before.
static void names_begin(struct names *names, int folder_fd)
{
    names->fd = folder_fd;
    names->len = 0;
    names->at = 0;
    names->failure = lseek(folder_fd, 0, SEEK_SET) < 0 ? errno : 0;
}

static bool names_fill(struct names *names)
{
    ssize_t len = names->failure == 0 ? getdents64(names->fd, names->bytes, NAMES_BYTES) : 0;
    names->failure = len < 0 ? errno : names->failure;
    names->len = len < 0 ? 0 : (size_t)len;
    names->at = 0;
    return names->len > 0;
}

// NULL at the end, and after a failure.
static const char *names_next(struct names *names)
{
    while (names->at < names->len || names_fill(names)) {
        const struct dirent64 *entry = (const void *)(names->bytes + names->at);
        names->at += entry->d_reclen;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            return entry->d_name;
        }
    }
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err_kind folder_list(const struct folder *folder, size_t limit, struct file_names *names_out,
                          struct err *err)
{
    struct file_names found = {0};
    size_t capacity = 0;
    struct names names;
    names_begin(&names, folder->fd);
    const char *name;
    while (found.count < limit && (name = names_next(&names)) != NULL) {
        found.names = mem_grow(found.names, &capacity, found.count + 1, sizeof(char *));
        found.names[found.count++] = mem_text(name);
    }
    if (names.failure != 0) {
        file_names_deinit(&found);
        return err_set_errno(err, names.failure == ENOENT ? ERR_NOT_FOUND : ERR_IO, names.failure,
                             "%s", folder->path);
    }
    if (found.count > 0) {
        qsort(found.names, found.count, sizeof(char *), compare_names);
    }
    *names_out = found;
    return ERR_OK;
}

static bool remove_entry(int parent, const char *name, unsigned levels);

static bool remove_content(int folder, unsigned levels)
{
    struct names names;
    names_begin(&names, folder);
    const char *name;
    while ((name = names_next(&names)) != NULL) {
        if (!remove_entry(folder, name, levels)) {
            return false;
        }
    }
    errno = names.failure;
    // Reading a folder that was removed in the meantime gives ENOENT.
    return names.failure == 0 || names.failure == ENOENT;
}

// False with errno. `levels` of folders may lie in it.
static bool remove_entry(int parent, const char *name, unsigned levels)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) {
        return true;
    }
    if (errno != EISDIR) {
        return false;
    }
    if (levels == 0) {
        errno = ENOTEMPTY;
        return false;
    }
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) {
        return errno == ENOENT;
    }
    bool good = remove_content(folder, levels - 1);
    int failure = errno;
    (void)close(folder);
    errno = failure;
    return good && (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

enum err_kind folder_remove(const struct folder *parent, const char *name, struct err *err)
{
    if (!remove_entry(parent->fd, name, FOLDER_DEPTH_MAX)) {
        return err_set_errno(err, ERR_IO, errno, "%s/%s: cannot be removed", parent->path, name);
    }
    return ERR_OK;
}

void folder_remove_if_empty(const struct folder *parent, const char *name)
{
    (void)unlinkat(parent->fd, name, AT_REMOVEDIR);
}

bool folder_entry_time(const struct folder *parent, const char *name, int64_t *unix_ms_out)
{
    struct stat status;
    if (fstatat(parent->fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    *unix_ms_out = (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
    return true;
}
