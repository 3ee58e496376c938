// SPDX-License-Identifier: MIT
#include "master.h"

#include "base/text.h"

#include <string.h>

bool redis_master_set(struct redis_master *master_out, const char *host, int64_t port)
{
    if (host[0] == '\0' || strlen(host) >= sizeof(master_out->host) || port < 1 ||
        port > UINT16_MAX) {
        return false;
    }
    (void)text_copy(master_out->host, sizeof(master_out->host), host);
    master_out->port = (uint16_t)port;
    return true;
}

bool redis_master_is_same(const struct redis_master *a, const struct redis_master *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}
