// SPDX-License-Identifier: MIT
#include "key_file.h"

#include "base/exposure.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static enum err_kind check_status(const char *path, size_t limit, const struct stat *status,
                                  struct err *err)
{
    if (!S_ISREG(status->st_mode)) {
        return err_set(err, ERR_CONFIG, "%s: this is no regular file; one is right", path);
    }
    if (exposure_is_there(status)) {
        return err_set(err, ERR_CONFIG,
                       "%s: the mode %04o lets others at the secrets in it; 0600 or 0400 is right, "
                       "and 0640 or 0440 for a file of root",
                       path, (unsigned)status->st_mode & EXPOSURE_MODE_SHOWN);
    }
    if (status->st_size > (off_t)limit) {
        return err_set(err, ERR_CONFIG, "%s: longer than %zu bytes", path, limit);
    }
    return ERR_OK;
}

// As many bytes as the file had when it was opened, in memory that never moves, so that no copy of
// them is left behind. A file that is being written is read in part, which is no JSON then.
static enum err_kind read_all(int fd, const char *path, struct key_file *file, struct err *err)
{
    size_t done = 0;
    while (done < file->len) {
        ssize_t got = read(fd, file->bytes + done, file->len - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set_errno(err, ERR_CONFIG, errno, "%s", path);
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    file->len = done;
    return ERR_OK;
}

enum err_kind key_file_read(const char *path, size_t limit, struct key_file *file_out,
                            struct err *err)
{
    // Without O_NONBLOCK a FIFO would be waited for.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return err_set_errno(err, ERR_CONFIG, errno, "%s", path);
    }
    struct stat status;
    enum err_kind kind = fstat(fd, &status) == 0
                             ? check_status(path, limit, &status, err)
                             : err_set_errno(err, ERR_CONFIG, errno, "%s", path);
    if (kind == ERR_OK) {
        struct key_file file = {.len = (size_t)status.st_size};
        file.bytes = mem_alloc(file.len + 1, 1);
        kind = read_all(fd, path, &file, err);
        if (kind == ERR_OK) {
            *file_out = file;
        } else {
            key_file_deinit(&file);
        }
    }
    (void)close(fd);
    return kind;
}

void key_file_deinit(struct key_file *file)
{
    mem_wipe(file->bytes, file->len);
    mem_free(&file->bytes);
    file->len = 0;
}
