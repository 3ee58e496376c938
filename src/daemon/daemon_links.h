// SPDX-License-Identifier: MIT
//
// All of the daemon's connections to Redis: a command connection, shared by all partitions, but in a
// cluster one for each; a blocking one for each partition that the pool wants to read; and the one for
// word from operators, of partition 0. In a cluster they share what its nodes say of the slots. Private
// to daemon. Thread: the loop's.
#pragma once

#include "daemon_redis.h"

struct daemon_links;

struct daemon_links_events {
    void *owner;
    void (*on_command_up)(void *owner);
    void (*on_blocking_up)(void *owner);
    void (*on_control_up)(void *owner);
    void (*on_down)(void *owner, const struct err *err);
    // As of daemon_redis.h.
    void (*on_unusable)(void *owner, const struct err *err);
};

struct daemon_links_config {
    const struct settings_redis *redis;     // checked by settings_load; borrowed
    const struct secret *password;          // NULL: none; copied
    const struct secret *sentinel_password; // the same
    struct redis_tls *tls;                  // NULL: plain; a reference is taken
    unsigned partitions;
    int64_t role_check_ms; // of the command connections
    struct log *log;       // borrowed
};

struct daemon_links *daemon_links_create(uv_loop_t *loop, const struct daemon_links_config *config,
                                         const struct daemon_links_events *events);
// Closes all connections; the memory goes before on_closed.
void daemon_links_close(struct daemon_links *links, loop_closed_cb on_closed, void *owner);

struct redis_connection *daemon_links_command(const struct daemon_links *links, unsigned partition);
struct redis_connection *daemon_links_control(const struct daemon_links *links);

// Not while there is one for this partition.
struct redis_connection *daemon_links_open_blocking(struct daemon_links *links, unsigned partition);
void daemon_links_close_blocking(struct daemon_links *links, unsigned partition);

// Copied; for the next connect of each, and of those to come.
void daemon_links_set_password(struct daemon_links *links, const struct secret *password);
// Takes a reference; for the same. Only where there was one from the start.
void daemon_links_set_tls(struct daemon_links *links, struct redis_tls *tls);
