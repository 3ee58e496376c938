// SPDX-License-Identifier: MIT
//
// What is said on a new link before anybody may use it: who we are, and whether the server is one
// that we can work with. All commands go out at once; the verdict comes with the last reply, or
// with the first that fails. Thread: the loop's.
#pragma once

#include "link.h"
#include "redis/connection.h"

#include <stdbool.h>
#include <stddef.h>

// `err` is NULL when the server will do; then greeting->server is filled. Comes from within a reply
// callback, not at all when the link is lost first, and again for further replies after a failure.
typedef void (*redis_greeted_cb)(void *owner, const struct err *err);

struct redis_greeting {
    const struct redis_config *config;
    redis_greeted_cb on_greeted;
    void *owner;
    size_t waiting;     // replies still to come
    struct err failure; // the first, ERR_OK while there is none
    struct redis_server_info server;
    char version[32]; // "7.0.15", "" while not known
    bool is_replica;
    bool is_sentinel;
    bool is_in_cluster;
    bool knows_mode; // whether it is in one was said
    bool is_loading;
};

// Sends the commands on a link that has just connected. `config` is borrowed.
void redis_greeting_start(struct redis_greeting *greeting, struct redis_link *link);
// Asks a server that was greeted once more for what may change: its role above all. Does nothing
// while answers are still to come. on_greeted follows as before.
void redis_greeting_repeat(struct redis_greeting *greeting, struct redis_link *link);
