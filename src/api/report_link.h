// SPDX-License-Identifier: MIT
//
// Links to the files of a report, good for a while for whoever has them:
//   <base>/reports/<AccountId>/<CompliancePackId>/<ReportId>/<fence>/<file>?Expires=<s>&Signature=<hex>
// The signature (HMAC-SHA256) is for the folder and the time, so that one link, with another file's name
// in it, fetches every file of the report, the manifest first. All daemons of a pool need the same key.
// Private to api. Thread: any.
#pragma once

#include "base/secret.h"
#include "base/span.h"
#include "domain/request.h"

#include <stdbool.h>
#include <stdint.h>

#define REPORT_LINK_PATH "/reports/"

enum {
    REPORT_FOLDER_BYTES = 256, // "<AccountId>/<CompliancePackId>/<ReportId>/<fence>" and a NUL
    REPORT_FILE_BYTES = 65,    // letters, digits, '.', '-', '_'; does not begin with '.'
};

struct report_link {
    char folder[REPORT_FOLDER_BYTES];
    char file[REPORT_FILE_BYTES];
    int64_t expires_s; // Unix time
};

// The URL; mem_free.
char *report_link_write(const struct report_link *link, const char *base, const struct secret *key);

enum report_link_state {
    REPORT_LINK_GOOD,
    REPORT_LINK_MALFORMED, // the path names no file of a report
    REPORT_LINK_FORGED,    // the signature is missing, or not ours for this folder and time
    REPORT_LINK_EXPIRED,
};
// `path` and `query` as they were sent: a link that we made has no percent-encoding. `link_out` is
// written when the state is good.
enum report_link_state report_link_read(struct span path, struct span query,
                                        const struct secret *key, int64_t now_ms,
                                        struct report_link *link_out);

// The folder of a location below `root` (an absolute path of the file store); false when it is none.
bool report_link_folder(const char *root, const char *location,
                        char folder_out[REPORT_FOLDER_BYTES]);
