// SPDX-License-Identifier: MIT
//
// What a request says of itself to be let in, whichever signature it has; nothing of it is proved.
// Plain data. Thread: any.
#pragma once

#include "base/span.h"

#include <stdbool.h>

// The only version of the operations that there is.
#define API_VERSION "2020-09-07"

enum { SIGNATURE_TEXT_BYTES = 65 }; // the longest signature as text, and its NUL

// Spans are borrowed of the request and its parameters.
struct signature_claim {
    struct span key_id;
    struct span action;
    struct span version;
    struct span nonce;
    struct span time;
    const char *nonce_name; // of the parameter or header
    bool has_security_token;
    struct span security_token;
    struct span signature;
    struct span method;         // "HMAC-SHA1", "ACS3-HMAC-SHA256"
    struct span method_version; // v1
    struct span signed_headers; // v3
    struct span body_digest;    // v3
};
