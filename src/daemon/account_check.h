// SPDX-License-Identifier: MIT
//
// Accounts whose packs could not be fetched. A daemon starts with them, and their jobs fail. Private to daemon.
// Thread: any; reads the credentials folder.
#pragma once

#include "base/err.h"
#include "domain/account.h"
#include "settings/settings.h"

enum { ACCOUNT_CHECK_TOLD_MAX = 20 };

// Of the first ACCOUNT_CHECK_TOLD_MAX such accounts: ERR_CONFIG with what is missing. Returns how many there are.
typedef void (*account_check_cb)(void *context, const struct err *err);
size_t account_check_each(const struct settings *settings, const struct account_set *accounts,
                          account_check_cb on_problem, void *context);
