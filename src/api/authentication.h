// SPDX-License-Identifier: MIT
//
// Who sent a request, by its signature: v1 (HMAC-SHA1, alibaba-config.md 5.1) or v3
// (ACS3-HMAC-SHA256, 5.2), with either of a key's secrets; compared in constant time. Pure: the
// clock comes in, and whether the nonce was used before is asked elsewhere, of Redis. Thread: any.
#pragma once

#include "access_keys.h"
#include "gateway_error.h"
#include "http/server.h"
#include "parameters.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    AUTHENTICATION_WINDOW_MS = 15 * 60 * 1000, // on both sides of the daemon's clock
    NONCE_BYTES_MAX = 128,
};

struct authentication_input {
    const struct http_incoming *incoming;
    const struct parameters *parameters; // of query and form body
    const struct access_keys *keys;
    int64_t now_ms;
};

// Borrowed of the input.
struct identity {
    const struct access_key *key;
    struct span action; // of the parameter Action, or of x-acs-action
    struct span version;
    struct span nonce; // 1 to NONCE_BYTES_MAX bytes
};

// The first of the checks below, which a door without keys makes, too: false and Invalid<Name> when a
// parameter is given twice.
bool authentication_check_doubles(const struct parameters *parameters,
                                  struct api_refusal *refusal_out);

// True and `identity`, or false and what the request is refused with. The order of the checks, which
// the vendor does not document, is:
//
//   1. the form of what the signature needs: a doubled parameter is Invalid<Name>, a missing
//      parameter or header Missing<Name>, an Authorization that is none IncompleteSignature, a time
//      that is not "2026-11-21T19:30:44Z" InvalidTimeStamp.Format
//   2. method and version of the signature: InvalidSignatureMethod, InvalidSignatureVersion
//   3. the key: InvalidAccessKeyId.NotFound, InvalidAccessKeyId.Inactive
//   4. its security token: MissingSecurityToken, InvalidSecurityToken.Malformed (another one, or one
//      for a key that has none), InvalidSecurityToken.Expired (now >= expires)
//   5. v3: x-acs-content-sha256 has to be that of the body
//   6. the signature: SignatureDoesNotMatch
//   7. the time: InvalidTimeStamp.Expired when it is more than AUTHENTICATION_WINDOW_MS from now,
//      before or after; exactly so much is right
//
// SignatureDoesNotMatch carries the server's string to sign (4.3), for v3 the canonical request
// behind it, never anything that is made with the secret. It is for the client and not for a log: a
// SecurityToken may be in it.
bool authenticate(const struct authentication_input *input, struct identity *identity_out,
                  struct api_refusal *refusal_out);
