// SPDX-License-Identifier: MIT
//
// The private Redis of a daemon that is being started with --dev at this moment. Private to cli. Thread: main; blocks.
#pragma once

#include <stdbool.h>

enum {
    DEV_WAIT_COMING_MS = 3000, // until a daemon has the lock of its state folder
    DEV_WAIT_STARTING_MS =
        30000, // from then on, until its Redis listens: DEV_REDIS_START_MS of the daemon
};

// Whether the Redis of a state folder, at this socket, takes connections: at once, or after a wait for
// the daemon. False: none is coming, or it ended, or took longer.
bool dev_wait_for_redis(const char *state_dir, const char *socket_path);
