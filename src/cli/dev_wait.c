// SPDX-License-Identifier: MIT
#include "dev_wait.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { INTERVAL_MS = 20 };

static bool listens(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!text_copy(address.sun_path, sizeof(address.sun_path), socket_path)) {
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_connected =
        fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_connected;
}

// The daemon takes this lock again and again until it has it, so a moment of ours does not keep it out.
static bool is_locked(const char *lock_path)
{
    int fd = open(lock_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool is_held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)close(fd);
    return is_held;
}

bool dev_wait_for_redis(const char *state_dir, const char *socket_path)
{
    char *lock_path = file_join(state_dir, SETTINGS_DEV_LOCK);
    int64_t begin_ms = clock_monotonic_ms();
    bool was_locked = false;
    bool is_there = false;
    for (;;) {
        is_there = listens(socket_path);
        bool is_held = !is_there && is_locked(lock_path);
        int64_t waited_ms = clock_monotonic_ms() - begin_ms;
        bool goes_on = is_held ? waited_ms < DEV_WAIT_STARTING_MS
                               : !was_locked && waited_ms < DEV_WAIT_COMING_MS;
        if (is_there || !goes_on) {
            break;
        }
        was_locked = was_locked || is_held;
        (void)poll(NULL, 0, INTERVAL_MS); // neither a lock nor a socket tells when it comes
    }
    mem_free(&lock_path);
    return is_there;
}
