// SPDX-License-Identifier: MIT
//
// RAM policies: what an access key may do. Effect, Action, NotAction, Resource with '*' and '?',
// Condition. No matching statement is an implicit deny; a matching Deny wins over every Allow. What
// the vendor leaves open is chosen in docs/api.md. Pure. Thread: any; immutable once read.
#pragma once

#include "domain/json_read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RAM_POLICIES_MAX = 20,       // of one key
    RAM_STATEMENTS_MAX = 100,    // of one policy
    RAM_STRINGS_MAX = 1000,      // of one Action, NotAction, Resource or condition key
    RAM_STRING_BYTES_MAX = 2048, // of each
};

struct ram_policies;

// `policies` is an array of policy documents. NULL after an error, which `source` has then with its
// JSON pointer and what would be right: an unknown member, operator or condition key, both Action and
// NotAction, a Version other than "1", an operator that does not fit the key, a value that the
// operator cannot take (no number, date, address, true or false), null, a limit. What cannot be
// understood must not pass as a policy that allows less, or more, than meant.
struct ram_policies *ram_policies_read(struct json_source *source,
                                       const struct json_node *policies);
void ram_policies_destroy(struct ram_policies **policies);

struct ram_request {
    const char *action; // "config:GenerateCompliancePackReport"
    // The names of what is asked for, old and new form ("acs:config:*:100…:*",
    // "acs:config:*:100…:compliancepack/cp-…"); a statement matches when one of its Resource
    // patterns matches one of them.
    const char *const *resources;
    size_t resource_count;
    int64_t now_ms;        // acs:CurrentTime
    bool is_secure;        // acs:SecureTransport
    const char *source_ip; // acs:SourceIp, numeric; "" for a Unix socket: the key is absent then
    bool is_mfa_present;   // acs:MFAPresent
};

enum ram_decision { RAM_ALLOWED, RAM_IMPLICIT_DENY, RAM_EXPLICIT_DENY };

// A condition on a key that the request has not is not met; for the Not… operators it is.
enum ram_decision ram_policies_decide(const struct ram_policies *policies,
                                      const struct ram_request *request);
