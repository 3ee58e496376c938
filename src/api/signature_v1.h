// SPDX-License-Identifier: MIT
//
// Signature v1: HMAC-SHA1 over all parameters. The path, which is "/" there, is signed as it is:
// "%2F" is nothing but its encoding. Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "gateway_error.h"
#include "http/server.h"
#include "parameters.h"
#include "signature_claim.h"

#include <stdbool.h>

// False, and Missing<Name>, when a parameter that the signature needs is absent or empty.
bool signature_v1_claim(const struct parameters *parameters, struct signature_claim *claim_out,
                        struct api_refusal *refusal_out);

// False, and the refusal, for another method than HMAC-SHA1 or another version than 1.0.
bool signature_v1_check_method(const struct signature_claim *claim,
                               struct api_refusal *refusal_out);

// Appends the string to sign. False when the path is not percent-encoded UTF-8, or past the limit of
// `out`.
bool signature_v1_string(const struct http_incoming *incoming, const struct parameters *parameters,
                         struct buf *out);

// Base64.
void signature_v1_make(const struct secret *secret, struct span string_to_sign,
                       char out[SIGNATURE_TEXT_BYTES]);
