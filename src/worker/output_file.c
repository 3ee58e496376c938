// SPDX-License-Identifier: MIT
#include "output_file.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { OUTPUT_FILE_MODE = 0640 };

enum err_kind output_file_open(struct output_file *file, const char *folder, const char *name,
                               struct err *err)
{
    char *path = file_join(folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, OUTPUT_FILE_MODE);
    if (fd < 0) {
        (void)err_set_errno(err, ERR_IO, errno, "create %s", path);
        mem_free(&path);
        return err->kind;
    }
    *file = (struct output_file){.fd = fd, .path = path, .digest = digest_create()};
    return ERR_OK;
}

bool output_file_is_open(const struct output_file *file)
{
    return file->fd >= 0;
}

enum err_kind output_file_write(struct output_file *file, const char *bytes, size_t len,
                                struct err *err)
{
    REQUIRE(file->fd >= 0);
    for (size_t done = 0; done < len;) {
        ssize_t wrote = write(file->fd, bytes + done, len - done);
        if (wrote < 0 && errno != EINTR) {
            return err_set_errno(err, ERR_IO, errno, "write %s", file->path);
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    digest_update(file->digest, bytes, len);
    file->bytes += len;
    return ERR_OK;
}

enum err_kind output_file_close(struct output_file *file, struct err *err)
{
    REQUIRE(file->fd >= 0);
    int status = close(file->fd);
    file->fd = -1;
    digest_finish(file->digest, file->digest_hex);
    if (status != 0) {
        return err_set_errno(err, ERR_IO, errno, "close %s", file->path);
    }
    return ERR_OK;
}

void output_file_deinit(struct output_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd);
    }
    digest_destroy(&file->digest);
    mem_free(&file->path);
    *file = OUTPUT_FILE_INIT;
}
