// SPDX-License-Identifier: MIT
//
// One daemon per state folder: flock(2) on a file in it. The lock lies on the open file, not on the
// process, so a child that inherits the descriptor holds it, too: it is free again only when both
// are gone. Blocking, at most STATE_LOCK_WAIT_MS. Thread: any.
#pragma once

#include "base/err.h"
#include "settings/settings.h"

#define STATE_LOCK_FILE SETTINGS_DEV_LOCK

// How long a daemon that was killed, and its Redis, may need to be gone.
enum { STATE_LOCK_WAIT_MS = 2000 };

// The folder exists. The descriptor is close-on-exec. ERR_CONFLICT names the process that has the
// lock.
enum err_kind state_lock_take(const char *folder, int *fd_out, struct err *err);
void state_lock_release(int *fd); // -1 is allowed; sets -1
