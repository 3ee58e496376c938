// SPDX-License-Identifier: MIT
//
// The config of a connection, checked, and copied with all that it points to; the cluster alone stays
// the caller's. Thread: the loop's.
#pragma once

#include "redis/connection.h"

struct redis_config_copy {
    struct redis_config config; // to be read; what it points to is ours
    // As in the config, where they are const.
    struct secret *password;
    struct secret *sentinel_password;
    struct redis_node sentinels[REDIS_SENTINELS_MAX];
};

// REQUIREs what redis/connection.h says of a config.
void redis_config_copy_init(struct redis_config_copy *copy, const struct redis_config *config);
void redis_config_copy_deinit(struct redis_config_copy *copy);

// As redis_connection_set_password and _set_tls.
void redis_config_copy_set_password(struct redis_config_copy *copy, const struct secret *password);
void redis_config_copy_set_tls(struct redis_config_copy *copy, struct redis_tls *tls);
