// SPDX-License-Identifier: MIT
//
// The front door in the daemon: its settings, its keys and certificate, and what a reload changes of
// them. Private to daemon. Thread: the loop's.
#pragma once

#include "api/front_door.h"
#include "base/err.h"
#include "settings/settings.h"

struct door;

// Reads keys and certificate, and listens. The settings outlive the door. Blocks shortly. Errors: as
// front_door_create, and ERR_CONFIG for a file that cannot be used.
enum err_kind door_open(const struct settings *settings, const struct front_door_parts *parts,
                        struct door **door_out, struct err *err);
// What would keep it from opening: keys, certificate, address. Opens nothing. Errors: as door_open.
enum err_kind door_check(const struct settings *settings, struct err *err);
void door_set_accounts(struct door *door, const struct account_set *accounts);
// Reads keys and certificate again; logs what cannot be used, and keeps the old.
void door_reload(struct door *door);
const struct front_door *door_front(const struct door *door);
// No new connections.
void door_quiet(struct door *door);
// Ends what is under way, then calls back; `door` is gone then.
void door_close(struct door *door, loop_closed_cb on_closed, void *owner);
