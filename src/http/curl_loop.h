// SPDX-License-Identifier: MIT
//
// curl's multi interface on a libuv loop: sockets become poll handles, curl's one timer a loop
// timer. What curl and libuv ask of each other is obeyed here and nowhere else. Thread: the loop's.
#pragma once

#include "curl_api.h"

#include "base/loop.h"

#include <sys/queue.h>

// A transfer has ended. Called from the loop, never from inside curl; the handle is still added.
typedef void (*curl_loop_done_cb)(CURL *easy, CURLcode result);

struct watch;

struct curl_loop {
    uv_loop_t *loop;
    struct loop_closing *closing; // borrowed; one up for the timer and for each poll handle
    curl_loop_done_cb on_done;
    CURLM *multi;
    struct loop_timer timer;
    bool is_in_timer; // curl is being told that its time has come
    TAILQ_HEAD(watches, watch) watches;
};

void curl_loop_init(struct curl_loop *curl, uv_loop_t *loop, struct loop_closing *closing,
                    curl_loop_done_cb on_done);
// How many connections may be open; as many of them are kept while idle. The client adds no transfer that would have to wait for one.
void curl_loop_set_limits(struct curl_loop *curl, unsigned per_host, unsigned total);
// All transfers have been removed. Ends curl and closes the handles; each counts `closing` down
// when it is closed, and the memory of `curl` is needed until then.
void curl_loop_stop(struct curl_loop *curl);

// Both must not be called from inside a callback of curl, which refuses that.
void curl_loop_add(struct curl_loop *curl, CURL *easy);
// Closes the connection at once when the transfer has not ended.
void curl_loop_remove(struct curl_loop *curl, CURL *easy);
