// SPDX-License-Identifier: MIT
//
// A fault that may repeat: the log hears of it when it is new and then every TROUBLE_REPEAT_MS, and each repetition waits
// longer than the one before (full jitter). One object per kind of fault. Thread: its owner's.
#pragma once

#include "base/log.h"

#include <stdint.h>

enum { TROUBLE_REPEAT_MS = 30000, TROUBLE_BACKOFF_BASE_MS = 100, TROUBLE_BACKOFF_CAP_MS = 5000 };

// All zero: no trouble.
struct trouble {
    char message[ERR_MESSAGE_BYTES]; // the last that was logged, or counted
    int64_t logged_at_ms;            // monotonic
    unsigned failures;               // in a row
};

// One more failure: a warning with `error`, and `failures` when it is not the first.
void trouble_note(struct trouble *trouble, struct log *log, const char *event,
                  const struct err *err);
// The same without a line, for what logs its failures itself.
void trouble_count(struct trouble *trouble, const struct err *err);
// How long to wait before the next try; 0 when there was no failure.
int64_t trouble_pause_ms(const struct trouble *trouble);
// It went well again.
void trouble_end(struct trouble *trouble);
