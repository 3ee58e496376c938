// SPDX-License-Identifier: MIT
//
// What an answer of SecMaster, or of the gateway in front of it, means. Pure. Thread: any.
//
// The vendor spells errors in several ways (huawei-secmaster.md 1.3) and its own clients lose some
// of them (section 6 there); all are read here, in the order of the reference.
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct secmaster_answer {
    int status;
    const char *body;
    size_t len;
    const char *request_id; // X-Request-Id, "" when absent
    int64_t retry_after_ms; // Retry-After, 0 when absent
};

// ERR_OK for a 200 with a body (whether that is JSON is not looked at). Otherwise, with upstream
// code, request id and the time to wait in `err`:
//  - ERR_NOT_FOUND: a code that says so (SecMaster.20030005, SecMaster.00092013), with 400 or 404;
//    any other 404 of the service
//  - ERR_DENIED: 401, 403
//  - ERR_UNAVAILABLE: 5xx, 408, 429, throttling codes; is_throttled with 429, throttling codes, and
//    a 503 that says for how long (RFC 9110 15.6.4)
//  - ERR_CORRUPT: 200 without a body, other 2xx
//  - ERR_INVALID: all else; above all a 404 of the gateway (wrong path or host: a matter of the
//    settings), a 404 that is no JSON, and redirects
enum err_kind secmaster_judge(const struct secmaster_answer *answer, struct err *err);
