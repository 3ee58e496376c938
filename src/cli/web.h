// SPDX-License-Identifier: MIT
//
// HTTP for commands: one request after the other, each waited for. Private to cli. Thread: main.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "http/client.h"

#include <stdbool.h>

struct web;

enum { WEB_BODY_BYTES_MAX = 16 * 1024 * 1024 };

// Whether a text begins as a URL that can be asked: "https://" or "http://".
bool web_is_url(const char *text);

// `ca_file` NULL: the system's authorities. ERR_CONFIG when it is not there.
enum err_kind web_open(const char *ca_file, struct web **web_out, struct err *err);
void web_close(struct web **web);

struct web_answer {
    int status;
    struct buf body; // buf_deinit
};
// Errors as http_send. What may pass is tried again after growing pauses, 5xx included, until there
// were `tries`; a request whose signature is good for one use has one.
enum { WEB_TRIES = 5 };
enum err_kind web_get(struct web *web, const struct http_request *request, unsigned tries,
                      struct web_answer *answer_out, struct err *err);
// Waits as before the next try, after `number` tries.
void web_pause(struct web *web, unsigned number);
