// SPDX-License-Identifier: MIT
//
// A report by its link: the manifest, then every file that it names, each checked against length
// and SHA-256. What has come lies in "<out>.part" until all of it is there; the next run goes on
// with that, in the middle of a file as well. Private to cli. Thread: main.
#pragma once

#include "web.h"

#include <jansson.h>

enum {
    FETCH_PIECE_BYTES = 4 * 1024 * 1024, // of one request
};

// The manifest (json_decref). ERR_CONFLICT when `out` is there; ERR_INVALID when the link is none;
// ERR_DENIED when it is altered or has expired; ERR_NOT_FOUND when the report is gone; ERR_CORRUPT
// when the manifest cannot be used, names a file that would lie elsewhere, or does not fit a file
// (which is taken away); ERR_IO; else as http_send. All but ERR_CONFLICT and ERR_INVALID leave
// "<out>.part".
enum err_kind fetch_report(struct web *web, const char *link, const char *out,
                           json_t **manifest_out, struct err *err);
