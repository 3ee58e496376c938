// SPDX-License-Identifier: MIT
//
// Answers to a request for a report's file (report_link.h): Range, ETag, Content-Disposition (RFC 9110,
// 8.8.3, 13.1, 14; RFC 6266). Reports do not change, so an ETag is the file's place. Private to api.
// Thread: the loop's; opening a file may take a moment on a slow disk.
#pragma once

#include "base/secret.h"
#include "http/server.h"

#include <stdint.h>

struct download_config {
    const char *root;         // of the file store; no path leads out of it
    const struct secret *key; // of the links
    bool is_last;             // the connection is to be closed
};

// Whether the path is one of a report's file, good or not.
bool download_is_asked(const struct http_incoming *incoming);

// Ends the call. The status is returned for the log: 200, 206, 304, 400 (no such path), 403 (forged,
// altered, expired), 404 (there is no such file any more), 405, 416.
int download_answer(const struct download_config *config, struct http_call *call, int64_t now_ms);
