// SPDX-License-Identifier: MIT
//
// What a daemon runs with and somebody had better know of: told at the start and by --check-config. Private to daemon.
// Thread: any; looks at the credentials folder.
#pragma once

#include "domain/account.h"
#include "settings/settings.h"

enum { CAUTIONS_FILES_MAX = 20 };

// credentials.exposed: others than its owner can get at a credential file, for the first CAUTIONS_FILES_MAX of
// those that settings and accounts name (base/exposure.h).
// api.own_link_key: the front door can be reached from elsewhere and makes links that only this daemon
// knows again.
typedef void (*caution_cb)(void *context, const char *event, const char *message);
void cautions_each(const struct settings *settings, const struct account_set *accounts,
                   caution_cb on_caution, void *context);
