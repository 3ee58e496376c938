// SPDX-License-Identifier: MIT
//
// Signature v3: ACS3-HMAC-SHA256 over method, path, query, headers and the digest of the body.
// Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "gateway_error.h"
#include "http/server.h"
#include "parameters.h"
#include "signature_claim.h"

#include <stdbool.h>

#define SIGNATURE_V3_METHOD "ACS3-HMAC-SHA256"

// Whether the request has an Authorization of ACS3-….
bool signature_v3_is_there(const struct http_incoming *incoming);

// False, and the refusal: Missing<Name> for a header that the signature needs, Invalid<Name> for one
// that is there twice; IncompleteSignature when Authorization is not
// "<method> Credential=<id>,SignedHeaders=<names>,Signature=<hex>" (blanks behind the commas do no
// harm), when the names are not in lower case, sorted and each once, when one of them is not there,
// or when one is not among them that has to be: host, content-type if there, every x-acs-*.
bool signature_v3_claim(const struct http_incoming *incoming, struct signature_claim *claim_out,
                        struct api_refusal *refusal_out);

// False, and the refusal, for another method than ACS3-HMAC-SHA256, and for a signature that cannot be
// one of it.
bool signature_v3_check_method(const struct signature_claim *claim,
                               struct api_refusal *refusal_out);

// False, and Invalidx-acs-content-sha256, when that header is not the digest of the body.
bool signature_v3_check_body(const struct http_incoming *incoming,
                             const struct signature_claim *claim, struct api_refusal *refusal_out);

// Appends the canonical request. False when the path is not percent-encoded UTF-8, or past the limit
// of `out`.
bool signature_v3_request(const struct http_incoming *incoming, const struct parameters *parameters,
                          const struct signature_claim *claim, struct buf *out);
// Appends the string to sign.
void signature_v3_string(struct span canonical_request, struct buf *out);

// Lower-case hex.
void signature_v3_make(const struct secret *secret, struct span string_to_sign,
                       char out[SIGNATURE_TEXT_BYTES]);
