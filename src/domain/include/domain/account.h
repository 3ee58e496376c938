// SPDX-License-Identifier: MIT
//
// Accounts: whose packs may be reported on, and where each account's pack comes from; and account
// groups, which have reports over several of them.
//
// File: {"accounts": [...], "aggregators": [...]}, the second may be absent. Members of an account,
// unknown ones refused:
//
//   AccountId        1 to 19 digits, as text or as a number                       required
//   base_url         http:// or https://, host, optional port and path
//   project_id,
//   workspace_id     text_is_id
//   credential       name of a file in the credentials folder, never the secret
//   inventory        path relative to the inventory folder of the settings
//
// Pack source `file` needs the AccountId only; with `base_url` the project, the workspace and the
// credential are needed as well. Members of an account group, all required:
//
//   AggregatorId     text_is_id
//   AccountId        the management account: whose the group is, and whose packs its reports are of
//   accounts         the AccountIds of the member accounts, one or more, each once
//
// All of them are among the accounts of the file. An error in one entry makes the load fail: an
// account that vanishes in silence would be answered AccountNotExisted. Read-only once loaded.
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

struct aggregator {
    char id[TEXT_ID_MAX + 1];
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    char (*members)[REQUEST_ACCOUNT_MAX + 1]; // as listed
    size_t member_count;
};

struct account_set {
    struct account *items; // sorted by id
    size_t count;
    size_t capacity;
    struct aggregator *aggregators; // sorted by id
    size_t aggregator_count;
    size_t aggregator_capacity;
};

// http:// or https://, a host name, address or [IPv6 address], optional port 1 to 65535, optional
// path, at most 2 KiB. No user, query, fragment, blank, control or non-ASCII character.
bool account_base_url_is_valid(const char *url);

// Reads the accounts into `set`, which holds nothing before. Every fault is a diagnostic.
// ERR_INVALID, ERR_LIMIT past LIMIT_ACCOUNTS, LIMIT_AGGREGATORS, LIMIT_AGGREGATOR_ACCOUNTS or
// LIMIT_SIDE_FILE_BYTES.
enum err_kind account_set_load(struct account_set *set, const char *json, size_t len,
                               const char *file, struct diags *diags, struct err *err);
void account_set_deinit(struct account_set *set);
const struct account *account_find(const struct account_set *set, const char *id);
// The group of this account with this id; NULL also when it is another account's.
const struct aggregator *aggregator_find(const struct account_set *set, const char *account_id,
                                         const char *id);

// A copy of one account that outlives its set, and its end (NULL is allowed).
struct account *account_dup(const struct account *account);
void account_destroy(struct account **account);
