// SPDX-License-Identifier: MIT
//
// Asks one node after another, each for at most REDIS_ASK_TIMEOUT_MS at all the addresses of its name,
// until one gives an answer of use. Nothing is remembered but which one did: it is asked first the next
// time, until redis_finder_doubt says otherwise. What is asked, and what an answer says, is the
// asker's: sentinel.h, cluster.c. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "link.h"
#include "redis/connection.h"
#include "resolver.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REDIS_ASK_TIMEOUT_MS = 300, // of each: its name, the connection, the answer
    REDIS_ASKED_MAX = 32,
    REDIS_QUESTION_WORDS_MAX = 4,
};

// `err` is NULL exactly when `take` was given an answer of use; else it says what was wrong with the one
// asked last. Comes from the loop itself, never from within hiredis; another search may be started in
// it.
typedef void (*redis_over_cb)(void *owner, const struct err *err);

// Whom to ask, and what. Everything is borrowed; nodes, user and password may change between two
// searches, and tls at any time.
struct redis_question {
    const char *title; // "sentinel", "cluster node": for messages
    const struct redis_node *nodes;
    size_t node_count;             // at most REDIS_ASKED_MAX
    const char *user;              // NULL: the default user
    const struct secret *password; // NULL: no AUTH
    struct redis_tls *tls;         // to each of them; NULL: plain
    const char *words[REDIS_QUESTION_WORDS_MAX];
    size_t word_count;
    // Reads an answer; on failure the next one is asked. `asked` is who answered.
    enum err_kind (*take)(void *owner, const struct redis_node *asked,
                          const struct redis_reply *reply, struct err *err);
    void *owner;
};

struct redis_finder {
    struct redis_question question;
    struct loop_closing *closing;
    redis_over_cb on_over;
    void *owner;
    struct redis_link link;
    struct loop_timer timer;                          // the patience with one node
    struct redis_resolver resolvers[REDIS_ASKED_MAX]; // each knows one name
    size_t first;                                     // asked first
    size_t asked;                                     // in this search
    struct redis_addresses addresses;                 // of the one that is asked now
    size_t tried;                                     // of these
    bool is_busy;
    bool is_resolving;
    bool has_answer;
    struct err failure; // of the last one asked
};

void redis_finder_init(struct redis_finder *finder, uv_loop_t *loop, struct loop_closing *closing,
                       const struct redis_question *question, redis_over_cb on_over, void *owner);

// Starts a search; on_over follows, within the number of nodes times their timeout, and before
// this returns when none can even be tried. Not while one is under way.
void redis_finder_start(struct redis_finder *finder);
// The next node is asked first the next time: what this one named is no master, or a second
// opinion is wanted.
void redis_finder_doubt(struct redis_finder *finder);

// The end: on_over does not come any more. As with a link: shut, then close. A finder that was not
// initialised must not be closed.
void redis_finder_shut(struct redis_finder *finder, const struct err *reason);
void redis_finder_close(struct redis_finder *finder);
