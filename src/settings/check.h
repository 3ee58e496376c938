// SPDX-License-Identifier: MIT
//
// What settings demand of each other, and where the blame for a value goes. Thread: any.
#pragma once

#include "settings/settings.h"
#include "table.h"

// What settings_load checks once all layers are read. ERR_CONFIG; of several faults with `faults` each is
// told, and `err` is the first.
enum err_kind settings_check(const struct settings *settings, const struct settings_faults *faults,
                             struct err *err);

// Puts where the value was given before the message: "/etc/…/packreportd.ini:12: [redis] address",
// "--set redis.address". Returns err->kind.
enum err_kind settings_blame(const struct settings *settings, const char *section, const char *key,
                             struct err *err);
