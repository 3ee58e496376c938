// SPDX-License-Identifier: MIT
//
// Where a master is, as Sentinel or a cluster says. Pure. Thread: any.
#pragma once

#include "base/err.h"
#include "redis/connection.h"

#include <stdbool.h>
#include <stdint.h>

struct redis_master {
    char host[REDIS_HOST_BYTES]; // a numeric address, or a name where names are announced
    uint16_t port;
};

// `master` is NULL exactly when `err` is not.
typedef void (*redis_found_cb)(void *owner, const struct redis_master *master,
                               const struct err *err);

// False when the host is empty or too long, or the port is none; *master_out is untouched then.
bool redis_master_set(struct redis_master *master_out, const char *host, int64_t port);

bool redis_master_is_same(const struct redis_master *a, const struct redis_master *b);
