// SPDX-License-Identifier: MIT
//
// Accounts: whose packs may be reported on, and where each account's pack comes from.
//
// File: {"accounts": [...]}. Members of an account, unknown ones refused:
//
//   AccountId        1 to 19 digits, as text or as an integer                     required
//   base_url         http:// or https://, host, optional port and path
//   project_id,
//   workspace_id     text_is_id
//   credential       name of a file in the credentials folder, never the secret
//   inventory        path relative to the inventory folder of the settings
//
// Pack source `file` needs the AccountId only; with `base_url` the project, the workspace and the
// credential are needed as well. An error in one entry makes the load fail: an account that
// vanishes in silence would be answered AccountNotExisted. Read-only once loaded.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "domain/request.h"

struct account {
    char id[REQUEST_ACCOUNT_MAX + 1];
    char *project_id;   // "" when absent
    char *workspace_id; // "" when absent
    char *base_url;     // "" when absent; no trailing slash
    char *credential;   // "" when absent; a file name without a slash
    char *inventory;    // "" when absent
};

struct account_set {
    struct account *items; // sorted by id
    size_t count;
    size_t capacity;
};

// Reads the accounts into `set`, which holds nothing before. Every fault is a diagnostic.
// ERR_INVALID, ERR_LIMIT past LIMIT_ACCOUNTS or LIMIT_SIDE_FILE_BYTES.
enum err_kind account_set_load(struct account_set *set, const char *json, size_t len,
                               const char *file, struct diags *diags, struct err *err);
void account_set_deinit(struct account_set *set);
const struct account *account_find(const struct account_set *set, const char *id);

// A copy of one account that outlives its set, and its end (NULL is allowed).
struct account *account_dup(const struct account *account);
void account_destroy(struct account **account);
