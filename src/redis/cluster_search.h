// SPDX-License-Identifier: MIT
//
// The connections' side of a cluster: who serves a slot now. Thread: the loop's.
#pragma once

#include "master.h"
#include "redis/cluster.h"

#include <stdbool.h>

struct redis_slot_search {
    unsigned slot;
    redis_found_cb on_found;
    void *owner;
    bool is_busy;
    // While busy: the cluster's own.
    bool is_answered;
    struct redis_master found;
    struct err failure;
    struct redis_slot_search *next;
};

// on_found follows from a later turn of the loop, within the refresh interval and the nodes' time-outs.
// Not while it is busy. A search under way joins the question that is asked next, or right now.
void redis_cluster_search(struct redis_cluster *cluster, struct redis_slot_search *search);
// on_found does not come any more.
void redis_cluster_forget(struct redis_cluster *cluster, struct redis_slot_search *search);
// Another node is asked first the next time.
void redis_cluster_doubt(struct redis_cluster *cluster);
