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

static enum err_kind fail(struct err *err, const char *folder, const char *name)
{
    enum err_kind kind = errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    return err_set_errno(err, kind, errno, "%s/%s", folder, name);
}

enum err_kind folder_open_path(const char *path, struct folder *folder_out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return err_set_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "%s", path);
    }
    *folder_out = (struct folder){.fd = fd, .path = mem_text(path)};
    return ERR_OK;
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
                          struct err *err)
{
    if (mkdirat(parent->fd, name, FOLDER_MODE) != 0 && errno != EEXIST) {
        return fail(err, parent->path, name);
    }
    if (folder_sync(parent, err) != ERR_OK) {
        return err->kind;
    }
    return folder_open(parent, name, folder_out, err);
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

static DIR *open_stream(int folder_fd)
{
    // A new description, because a stream takes over the descriptor and its position.
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    DIR *stream = fdopendir(fd);
    if (stream == NULL) {
        (void)close(fd);
    }
    return stream;
}

static const char *next_name(DIR *stream)
{
    struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(stream);
    } while (entry != NULL &&
             (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry == NULL ? NULL : entry->d_name;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err_kind folder_list(const struct folder *folder, size_t limit, struct file_names *names_out,
                          struct err *err)
{
    DIR *stream = open_stream(folder->fd);
    if (stream == NULL) {
        return err_set_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "%s",
                             folder->path);
    }
    struct file_names names = {0};
    size_t capacity = 0;
    const char *name = "";
    while (names.count < limit && (name = next_name(stream)) != NULL) {
        names.names = mem_grow(names.names, &capacity, names.count + 1, sizeof(char *));
        names.names[names.count++] = mem_text(name);
    }
    int failure = name == NULL ? errno : 0;
    (void)closedir(stream);
    if (failure != 0) {
        file_names_deinit(&names);
        return err_set_errno(err, failure == ENOENT ? ERR_NOT_FOUND : ERR_IO, failure, "%s",
                             folder->path);
    }
    if (names.count > 0) {
        qsort(names.names, names.count, sizeof(char *), compare_names);
    }
    *names_out = names;
    return ERR_OK;
}

static bool remove_entry(int parent, const char *name, unsigned levels);

static bool remove_content(int folder, unsigned levels)
{
    DIR *stream = open_stream(folder);
    if (stream == NULL) {
        return errno == ENOENT;
    }
    bool good = true;
    const char *name;
    while (good && (name = next_name(stream)) != NULL) {
        good = remove_entry(dirfd(stream), name, levels);
    }
    int failure = errno;
    (void)closedir(stream);
    errno = failure;
    // Reading a folder that was removed in the meantime gives ENOENT.
    return good && (failure == 0 || failure == ENOENT);
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
