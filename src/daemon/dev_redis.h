// SPDX-License-Identifier: MIT
//
// The private redis-server of --dev: a child on a Unix socket in the state folder, with its data
// beside it and the append-only file on.
//
// It dies with the daemon, however the daemon dies (PR_SET_PDEATHSIG), and is out of reach of the
// terminal's Ctrl-C, so that the daemon can drain before it goes. Order: start (blocking, before
// the loop runs) -> watch -> unwatch -> stop (blocking, after the loop has ended). It holds the
// lock of the state folder (state_lock.h). Thread: the one that started it must live as long as the
// daemon, for the kernel ties the child to that thread.
#pragma once

#include "base/err.h"
#include "base/loop.h"

#include <sys/types.h>

struct dev_redis;

#define DEV_REDIS_FOLDER "redis"
#define DEV_REDIS_LOG    DEV_REDIS_FOLDER "/redis.log"

enum {
    DEV_REDIS_START_MS = 30000, // reading a large append-only file takes its time
    DEV_REDIS_STOP_MS = 10000,  // then SIGKILL
};

// Starts it and waits until it answers, at the address that settings_dev_redis_address gives.
// `program` is "redis-server" or a path; `state_folder` is absolute and made when it is not there.
// ERR_CONFIG when the program is not installed or the path too long, ERR_CONFLICT when another
// daemon uses the folder, ERR_TIMEOUT, ERR_IO; ERR_UNAVAILABLE with the last line of its log when
// it ended.
enum err_kind dev_redis_start(const char *program, const char *state_folder,
                              struct dev_redis **redis_out, struct err *err);
// SIGTERM, and waits until it is gone. NULL is allowed; nulls *redis.
void dev_redis_stop(struct dev_redis **redis);

// `on_died` is told, once, that the server is gone though nobody stopped it.
typedef void (*dev_redis_died_cb)(void *owner, const struct err *err);
void dev_redis_watch(struct dev_redis *redis, uv_loop_t *loop, dev_redis_died_cb on_died,
                     void *owner);
// Ends the watch, before dev_redis_stop; on_closed(owner) in a later turn. Once per watch.
void dev_redis_unwatch(struct dev_redis *redis, loop_closed_cb on_closed, void *owner);

const char *dev_redis_socket(const struct dev_redis *redis);
pid_t dev_redis_pid(const struct dev_redis *redis);
