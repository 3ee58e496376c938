// SPDX-License-Identifier: MIT
#include "queue/attempt.h"

#include "base/check.h"

#include <stddef.h>
#include <string.h>

// As scripts/parts/history.lua writes it: "<at>|<fence>|<worker>|<step>|<code>|<upstream code>|<upstream
// request id>|<message>". The message comes last, because it may hold the separator.
bool queue_attempt_read(char *text, struct queue_attempt *attempt_out)
{
    struct queue_attempt attempt = {.at_ms = NULL};
    const char **parts[] = {&attempt.at_ms,
                            &attempt.fence,
                            &attempt.worker,
                            &attempt.step,
                            &attempt.code,
                            &attempt.upstream_code,
                            &attempt.upstream_request_id};
    char *rest = text;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        *parts[i] = strsep(&rest, "|");
        if (rest == NULL) {
            return false;
        }
    }
    attempt.message = rest;
    *attempt_out = attempt;
    return true;
}
