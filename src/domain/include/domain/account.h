// SPDX-License-Identifier: MIT
//
// Accounts: whose packs may be reported on, and where each account's pack comes from.
//
// File: {"accounts": [{"AccountId": "100000000000001", "project_id": …, "workspace_id": …,
// "base_url": "https://…", "credential": "secmaster-token", "inventory": "100000000000001.ndjson"},
// …]}. `credential` is the name of a file in the credentials folder, never the secret. `inventory`
// is optional, relative to the inventory folder of the settings. AccountId may be a JSON string or
// integer. For pack source `file` only AccountId is needed. An error in one entry makes the load
// fail: an account that vanishes in silence would be answered AccountNotExisted. Read-only once
// loaded.
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

enum err_kind account_set_load(struct account_set *set, const char *json, size_t len,
                               const char *file, struct diags *diags, struct err *err);
void account_set_deinit(struct account_set *set);
const struct account *account_find(const struct account_set *set, const char *id);
