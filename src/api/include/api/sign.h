// SPDX-License-Identifier: MIT
//
// The other side of the front door: a request of ours for an operation, signed by v3 or, without an
// access key, as an open door takes it. Thread: any.
#pragma once

#include "base/err.h"
#include "base/secret.h"
#include "http/client.h"

#include <stddef.h>

// An access key with its secret.
struct sign_key;

// Reads {"AccessKeyId": …, "AccessKeySecret": …} and, of a temporary key, "SecurityToken"; other members
// are passed over, so that the Credentials of the vendor's STS can be used as they come. ERR_CONFIG as
// the front door's key file has it (nobody but its owner may read it), when it is no such JSON, or when
// a value cannot go into a header; the message names the file and the member, never a value. Blocking.
enum err_kind sign_key_load(const char *path, struct sign_key **key_out, struct err *err);
void sign_key_destroy(struct sign_key **key); // NULL is allowed

// All borrowed. Names and values are encoded here.
struct sign_parameter {
    const char *name;
    const char *value;
};
struct sign_request {
    const char *host;   // as it stands in the URL, with its port if that is not the scheme's own
    const char *action; // "GetCompliancePackReport"
    const struct sign_parameter *parameters; // no name twice
    size_t parameter_count;
};

enum { SIGN_HEADERS_MAX = 8 };

// A GET of "/?<query>" with these headers. Owns all of it.
struct signed_request {
    char *query;
    struct http_header headers[SIGN_HEADERS_MAX];
    size_t header_count;
    struct secret *secrets[2]; // of the headers
    char *texts[SIGN_HEADERS_MAX];
};

// `key` NULL: not signed. Each call has a nonce and a time of its own, and is good for one request.
void sign_request(const struct sign_request *request, const struct sign_key *key,
                  struct signed_request *signed_out);
void signed_request_deinit(struct signed_request *request);
