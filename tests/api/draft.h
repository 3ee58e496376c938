// SPDX-License-Identifier: MIT
//
// A request that a test writes, changes and signs, as it would lie on the wire.
#pragma once

#include "authentication.h"

#include <stdint.h>

enum {
    DRAFT_TEXT_BYTES = 8192,
    DRAFT_FIELDS_MAX = 16,
    DRAFT_NAME_BYTES = 64,
    DRAFT_VALUE_BYTES = 1024
};

struct draft_field {
    char name[DRAFT_NAME_BYTES];
    char value[DRAFT_VALUE_BYTES];
};

struct draft {
    char method[16];
    char path[256];
    char query[DRAFT_TEXT_BYTES];
    char body[DRAFT_TEXT_BYTES];
    struct draft_field fields[DRAFT_FIELDS_MAX];
    size_t field_count;
    struct http_field borrowed[DRAFT_FIELDS_MAX];
    struct http_incoming incoming;
    struct parameters parameters;
};

void draft_init(struct draft *draft, const char *method, const char *query, const char *body);
// Behind the other headers, also when one of that name is there.
void draft_add_field(struct draft *draft, const char *name, const char *value);

// One change: of "method", "path", "query", "body", else of the header of that name. The first `from`
// in it becomes `to`; without `from`, `to` is put behind it (behind the other headers, for a header).
// Without both the header is taken away. An empty `where` is no change.
struct draft_change {
    const char *where;
    const char *from;
    const char *to;
};
void draft_change(struct draft *draft, const struct draft_change *change);

// Puts "Signature" behind the query, or x-acs-content-sha256 and Authorization behind the headers;
// every header there is signed.
void draft_sign_v1(struct draft *draft, const char *secret);
void draft_sign_v3(struct draft *draft, const char *key_id, const char *secret);

// Whether it comes in. `identity_out` borrows from the draft, which draft_deinit ends.
bool draft_authenticate(struct draft *draft, const struct access_keys *keys, int64_t now_ms,
                        struct identity *identity_out, struct api_refusal *refusal_out);
void draft_deinit(struct draft *draft);
