// SPDX-License-Identifier: MIT
#include "base/file.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_CHUNK_BYTES = 64 * 1024, REMOVE_OPEN_FOLDERS = 32 };

static enum err_kind fail(struct err *err, const char *path)
{
    enum err_kind kind = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
    return err_set_errno(err, kind, errno, "%s", path);
}

// One byte more than a small file has, so that it comes in one piece. The size is a hint alone: the
// file may grow, and those of /proc say 0.
static size_t chunk_bytes_of(int fd)
{
    struct stat status;
    bool is_small = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
                    status.st_size < READ_CHUNK_BYTES;
    return is_small ? (size_t)status.st_size + 1 : READ_CHUNK_BYTES;
}

static enum err_kind read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    size_t chunk_bytes = chunk_bytes_of(fd);
    char *chunk = mem_resize(NULL, chunk_bytes, 1);
    size_t used = 0;
    enum err_kind kind = ERR_OK;
    for (;;) {
        ssize_t got = read(fd, chunk, chunk_bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        used = got > 0 && (size_t)got > used ? (size_t)got : used;
        if (got < 0) {
            kind = fail(err, path);
        } else if (got > 0 && !buf_append(out, chunk, (size_t)got)) {
            kind = err_set(err, ERR_LIMIT, "%s: longer than %zu bytes", path, out->limit);
        }
        if (got <= 0 || kind != ERR_OK) {
            break;
        }
    }
    mem_wipe(chunk, used); // a credential may have passed through
    mem_free(&chunk);
    return kind;
}

enum err_kind file_read(const char *path, struct buf *out, struct err *err)
{
    if (strcmp(path, "-") == 0) {
        return read_all(STDIN_FILENO, "standard input", out, err);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(err, path);
    }
    enum err_kind kind = read_all(fd, path, out, err);
    (void)close(fd);
    return kind;
}

static enum err_kind write_all(int fd, const char *path, const char *bytes, size_t len,
                               struct err *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t wrote = write(fd, bytes + done, len - done);
        if (wrote < 0 && errno != EINTR) {
            return fail(err, path);
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    if (fsync(fd) != 0) {
        return fail(err, path);
    }
    return ERR_OK;
}

enum err_kind file_write(const char *path, const void *bytes, size_t len, unsigned mode,
                         struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0) {
        return fail(err, path);
    }
    enum err_kind kind = write_all(fd, path, bytes, len, err);
    if (close(fd) != 0 && kind == ERR_OK) {
        kind = fail(err, path);
    }
    return kind;
}

enum err_kind file_sync_folder(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return fail(err, path);
    }
    enum err_kind kind = fsync(fd) == 0 ? ERR_OK : fail(err, path);
    (void)close(fd);
    return kind;
}

enum err_kind file_make_folders(const char *path, unsigned mode, struct err *err)
{
    char *part = mem_text(path);
    enum err_kind kind = ERR_OK;
    for (char *slash = part + 1; kind == ERR_OK; slash++) {
        bool last = *slash == '\0';
        if (*slash != '/' && !last) {
            continue;
        }
        *slash = '\0';
        if (mkdir(part, (mode_t)mode) != 0 && errno != EEXIST) {
            kind = fail(err, part);
        }
        if (last) {
            break;
        }
        *slash = '/';
    }
    if (kind == ERR_OK && !file_is_folder(path)) {
        kind = err_set(err, ERR_IO, "%s: is not a folder", path);
    }
    mem_free(&part);
    return kind;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

enum err_kind file_remove_tree(const char *path, struct err *err)
{
    if (nftw(path, remove_entry, REMOVE_OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) != 0 &&
        errno != ENOENT) {
        return fail(err, path);
    }
    return ERR_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err_kind read_names(DIR *stream, const char *folder, size_t limit,
                                struct file_names *names, struct err *err)
{
    size_t capacity = 0;
    for (struct dirent *entry; (errno = 0, entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (names->count == limit) {
            return err_set(err, ERR_LIMIT, "%s: more than %zu entries", folder, limit);
        }
        names->names = mem_grow(names->names, &capacity, names->count + 1, sizeof(char *));
        names->names[names->count++] = mem_text(entry->d_name);
    }
    return errno == 0 ? ERR_OK : fail(err, folder);
}

enum err_kind file_list(const char *folder, size_t limit, struct file_names *names_out,
                        struct err *err)
{
    DIR *stream = opendir(folder);
    if (stream == NULL) {
        return fail(err, folder);
    }
    struct file_names names = {0};
    enum err_kind kind = read_names(stream, folder, limit, &names, err);
    (void)closedir(stream);
    if (kind != ERR_OK) {
        file_names_deinit(&names);
        return kind;
    }
    if (names.count > 0) {
        qsort(names.names, names.count, sizeof(char *), compare_names);
    }
    *names_out = names;
    return ERR_OK;
}

void file_names_deinit(struct file_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        mem_free(&names->names[i]);
    }
    mem_free(&names->names);
    names->count = 0;
}

bool file_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

char *file_join(const char *folder, const char *name)
{
    size_t len = strlen(folder);
    const char *slash = len > 0 && folder[len - 1] == '/' ? "" : "/";
    char *joined = mem_alloc(len + strlen("/") + strlen(name) + 1, 1);
    (void)stpcpy(stpcpy(stpcpy(joined, folder), slash), name);
    return joined;
}
