// SPDX-License-Identifier: MIT
//
// Where the slots of a Redis Cluster lie (redis.io, cluster specification). One object for all
// connections of a program: it asks one node after another for CLUSTER SLOTS, when a connection is
// to be made or looks whether its server still is the right one, and all that wait get the same
// answer. A new question begins REDIS_CLUSTER_REFRESH_MS after the last one at the earliest,
// however many connections want one, so that a failover is no storm. Nothing is remembered but the
// addresses of masters, to be asked when no seed answers. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "base/secret.h"
#include "redis/connection.h"

#include <stddef.h>
#include <stdint.h>

enum {
    REDIS_SLOTS = 16384,
    REDIS_CLUSTER_SEEDS_MAX = 16,
    REDIS_CLUSTER_ASKED_MAX = 32, // seeds, and masters that they named
    REDIS_CLUSTER_REFRESH_MS = 250,
};

struct redis_cluster;

struct redis_cluster_config {
    const struct redis_node *seeds;
    size_t seed_count;             // 1 to REDIS_CLUSTER_SEEDS_MAX
    const char *user;              // NULL: the default user
    const struct secret *password; // NULL: no AUTH
    // To each node that is asked, seed or not; NULL: plain. A reference is taken. The connections that
    // use the cluster have it in their configs as well: nodes tell the port of the kind that asked.
    struct redis_tls *tls;
};

// The config is copied.
struct redis_cluster *redis_cluster_create(uv_loop_t *loop,
                                           const struct redis_cluster_config *config);
// After all connections that use it have closed.
void redis_cluster_close(struct redis_cluster *cluster, loop_closed_cb on_closed, void *owner);
// Copied; for the next question.
void redis_cluster_set_password(struct redis_cluster *cluster, const struct secret *password);
// A reference is taken (NULL exactly when there was none); for the next node that is asked.
void redis_cluster_set_tls(struct redis_cluster *cluster, struct redis_tls *tls);

// The slot of a key: of what stands between its first '{' and the next '}', if that is anything,
// else of the whole.
unsigned redis_slot_of_key(const char *key, size_t len);
