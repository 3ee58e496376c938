// SPDX-License-Identifier: MIT
//
// Following one report until it has ended, for `generate --wait`, `watch` and `cancel`. Private to cli.
#pragma once

#include "base/err.h"
#include "session.h"

enum {
    FOLLOW_INTERVAL_MS = 100,
    FOLLOW_MAX_S = 30 * 24 * 3600, // of a time that is given
    FOLLOW_WORKERS_MS = 3000,      // between two looks whether a worker is alive
};

struct follow {
    struct session *session;
    const char *account_id;
    const char *pack_id;
    const char *report_id; // NULL: whichever is current
    int64_t timeout_ms;    // 0: no limit
    bool quiet;            // no progress on standard error
};

// Shows progress and waits until the report has ended; the record is then final (COMPLETE, FAILED,
// CANCELLED, or NONE when nothing is known). A Redis that is away for a while is waited for, and so
// are workers: that none is alive is said once on standard error, quiet or not.
// ERR_TIMEOUT when timeout_ms passed.
enum err_kind follow_report(const struct follow *follow, struct queue_report_record *record_out,
                            struct err *err);

// Exit status for an ended report: CLI_OK when complete, else CLI_NO.
int follow_exit_status(const struct queue_report_record *record);
