// SPDX-License-Identifier: MIT
//
// Who may come in: access keys, their secrets, accounts and policies, from one JSON credential file
// that nobody else may read (a systemd credential, or mode 0600).
//
//   {"accessKeys": [
//     {"AccessKeyId": "LTAI…", "AccountId": "100000000000001", "UserName": "report-team",
//      "secrets": ["…", "…"],                      one, or two while they are changed
//      "status": "Active",                         or "Inactive"; Active when absent
//      "SecurityToken": "…", "expires": "2026-12-01T00:00:00Z",      for temporary keys, both or none
//      "policies": [{"Version": "1", "Statement": [ … ]}]}]}         absent: all that its account may
//
// A key without UserName is the account itself, which no policy binds: with "policies" it is refused.
// With a UserName and "policies": [] it may do nothing. null is refused everywhere.
//
// Immutable once loaded; SIGHUP loads another. Copies of secrets that are ours are wiped, and so is
// the text of the file; what the JSON parser had of it on the way is not. Thread: any.
#pragma once

#include "api/keys.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"
#include "domain/request.h"
#include "ram_policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ACCESS_KEYS_MAX = 10000,
    ACCESS_KEY_SECRETS_MAX = 2,
    ACCESS_KEYS_FILE_BYTES_MAX = 16 * 1024 * 1024,
    ACCESS_KEY_ID_BYTES_MAX = 128,         // letters, digits, '.', '-', '_'
    ACCESS_KEY_USER_BYTES_MAX = 64,        // the same; RAM's limit for user names
    ACCESS_KEY_SECRET_BYTES_MAX = 256,     // printable ASCII
    ACCESS_KEY_TOKEN_BYTES_MAX = 8 * 1024, // printable ASCII
};

struct access_key {
    char *id;
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    char *user_name; // "" when absent: the account itself, which no policy binds
    struct secret *secrets[ACCESS_KEY_SECRETS_MAX];
    size_t secret_count; // 1 or more
    bool is_active;
    struct secret *security_token; // NULL: a lasting key
    int64_t expires_ms;            // 0: never
    struct ram_policies *policies; // NULL: everything in its account
};

// As access_keys_load (of policies, which hold no secret, values are shown), from text that `file` names
// in messages. Unknown members, doubled ids and a passed limit are errors too.
enum err_kind access_keys_parse(struct span text, const char *file, struct access_keys **keys_out,
                                struct err *err);
// One more reference, for whoever holds keys while a reload may replace the door's.
struct access_keys *access_keys_ref(struct access_keys *keys);

// NULL when there is none of that id. Takes the logarithm of their number.
const struct access_key *access_keys_find(const struct access_keys *keys, struct span id);
