// SPDX-License-Identifier: MIT
//
// Whether the store can be written to at this moment: a folder that is there and allows it says
// nothing about a disk that is full, or a file system that went read-only.
#include "file_store.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { CHECK_BYTES = 4096, NAME_BYTES = 64 };

// A file without a name, which nobody sees and no crash leaves behind; where the file system has
// none (open(2), O_TMPFILE), one that has a name for a moment.
static int open_probe(const struct folder *staging)
{
    int fd = openat(staging->fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) {
        return fd;
    }
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof(name), ".check-%ld", (long)getpid());
    (void)unlinkat(staging->fd, name, 0);
    fd = openat(staging->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)unlinkat(staging->fd, name, 0);
    }
    return fd;
}

static enum err_kind write_probe(const struct folder *staging, struct err *err)
{
    static const char BYTES[CHECK_BYTES];
    int fd = open_probe(staging);
    if (fd < 0) {
        return err_set_errno(err, ERR_IO, errno, "%s: make a file", staging->path);
    }
    ssize_t written = write(fd, BYTES, sizeof(BYTES));
    enum err_kind kind = ERR_OK;
    if (written < 0) {
        kind = err_set_errno(err, ERR_IO, errno, "%s: write", staging->path);
    } else if (written < (ssize_t)sizeof(BYTES)) {
        kind = err_set(err, ERR_IO, "%s: write: no room", staging->path);
    }
    (void)close(fd);
    return kind;
}

enum err_kind file_store_check(struct store *store, struct err *err)
{
    struct folder staging;
    if (file_store_open_staging(file_store_of(store), &staging, err) != ERR_OK) {
        return err_prefix(err, "store");
    }
    enum err_kind kind = write_probe(&staging, err);
    folder_close(&staging);
    return kind == ERR_OK ? ERR_OK : err_prefix(err, "store");
}
