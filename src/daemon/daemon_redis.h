// SPDX-License-Identifier: MIT
//
// One of the daemon's connections to Redis: made from the settings, with its comings and goings
// logged and the server's settings judged. Private to daemon. Thread: the loop's.
#pragma once

#include "base/log.h"
#include "base/loop.h"
#include "redis/connection.h"
#include "settings/settings.h"

struct daemon_redis;

struct daemon_redis_events {
    void *owner;
    void (*on_up)(void *owner, struct daemon_redis *link);
    void (*on_down)(void *owner, const struct err *err);
    // The server can never be used as it is (too old): the daemon should end.
    void (*on_unusable)(void *owner, const struct err *err);
};

struct daemon_redis_config {
    const char *role; // "command", "blocking-3": its name in the log and in Redis' CLIENT LIST
    const struct settings_redis *redis;     // checked by settings_load
    const struct secret *password;          // NULL: none; copied
    const struct secret *sentinel_password; // the same
    struct redis_cluster *cluster;          // NULL: none; borrowed
    unsigned slot;                          // of it
    struct redis_tls *tls;                  // NULL: plain; a reference is taken
    int64_t role_check_ms;                  // as redis/connection.h has it
    bool judges_server; // warns when the server's settings endanger jobs; one link a server does
    struct log *log;    // borrowed
};

struct daemon_redis *daemon_redis_create(uv_loop_t *loop, const struct daemon_redis_config *config,
                                         const struct daemon_redis_events *events);
void daemon_redis_close(struct daemon_redis *link, loop_closed_cb on_closed, void *owner);
// One of the two has come up. When it was led elsewhere than the other one, which still stands, the
// other one has to go: all connections of a partition lead to the same master. One that blocks does
// not look for itself whether its master was replaced.
void daemon_redis_agree(struct daemon_redis *fresh, struct daemon_redis *other);
// Copied; for the next connect.
void daemon_redis_set_password(struct daemon_redis *link, const struct secret *password);
// Takes a reference; for the next connect. Only where there was one from the start.
void daemon_redis_set_tls(struct daemon_redis *link, struct redis_tls *tls);
struct redis_connection *daemon_redis_connection(const struct daemon_redis *link);
