// SPDX-License-Identifier: MIT
#include "state_lock.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { POLL_MS = 20 };

// The process that wrote its number last; 0 when the file holds none.
static int64_t read_owner(int fd)
{
    char text[24] = "";
    ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
    int64_t owner = 0;
    return got > 0 && text_to_int64(text, strcspn(text, "\n"), &owner) ? owner : 0;
}

// The number is for people only; the lock is what counts.
static void write_owner(int fd)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0) {
        ssize_t wrote = pwrite(fd, text, (size_t)len, 0);
        (void)wrote;
    }
}

static enum err_kind wait_for_lock(int fd, const char *folder, struct err *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + STATE_LOCK_WAIT_MS;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return err_set_errno(err, ERR_IO, errno, "%s/" STATE_LOCK_FILE, folder);
        }
        if (clock_monotonic_ms() >= deadline_ms) {
            return err_set(err, ERR_CONFLICT,
                           "%s: another packreportd uses this state folder (process %" PRId64
                           "); end it, or name another folder with --state-dir",
                           folder, read_owner(fd));
        }
        (void)poll(NULL, 0, POLL_MS); // flock has no wait with a limit
    }
    return ERR_OK;
}

enum err_kind state_lock_take(const char *folder, int *fd_out, struct err *err)
{
    char *path = file_join(folder, STATE_LOCK_FILE);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    enum err_kind kind =
        fd < 0 ? err_set_errno(err, ERR_IO, errno, "%s", path) : wait_for_lock(fd, folder, err);
    mem_free(&path);
    if (kind != ERR_OK) {
        state_lock_release(&fd);
        return kind;
    }
    write_owner(fd);
    *fd_out = fd;
    return ERR_OK;
}

void state_lock_release(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}
