// SPDX-License-Identifier: MIT
#include "settings/settings.h"

#include "base/file.h"
#include "base/mem.h"
#include "settings/redis_address.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEV_REDIS_SOCKET "redis/redis.sock"

char *settings_dev_state_dir(void)
{
    // XDG Base Directory Specification: a relative path counts as not set.
    const char *state = getenv("XDG_STATE_HOME");
    if (state != NULL && state[0] == '/') {
        return file_join(state, "packreport");
    }
    const char *home = getenv("HOME");
    return file_join(home != NULL && home[0] == '/' ? home : "/tmp", ".local/state/packreport");
}

char *settings_dev_absolute(const char *state_dir)
{
    if (state_dir[0] == '/') {
        return mem_text(state_dir);
    }
    char *here = getcwd(NULL, 0);
    char *joined = file_join(here == NULL ? "/" : here, state_dir);
    free(here);
    return joined;
}

enum err_kind settings_dev_redis_address(const char *state_dir, char **address_out, struct err *err)
{
    char *folder = settings_dev_absolute(state_dir);
    char *path = file_join(folder, DEV_REDIS_SOCKET);
    size_t allowed = sizeof(((struct redis_address *)NULL)->unix_path) - 1;
    enum err_kind kind = ERR_OK;
    if (strlen(path) > allowed) {
        kind = err_set(err, ERR_CONFIG,
                       "%s: the path of the state folder has %zu bytes; with the socket of Redis "
                       "in it the system allows %zu",
                       folder, strlen(folder), allowed - strlen("/" DEV_REDIS_SOCKET));
    } else {
        *address_out = mem_format("unix:%s", path);
    }
    mem_free(&path);
    mem_free(&folder);
    return kind;
}
