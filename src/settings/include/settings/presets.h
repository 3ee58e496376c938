// SPDX-License-Identifier: MIT
//
// Settings that the program gives itself, below the file and the command line: those of --dev, and
// the credentials folder of systemd. Nothing is made or started here. Thread: any.
#pragma once

#include "settings/settings.h"

enum { PRESETS_MAX = 16 };

struct presets {
    struct settings_override items[PRESETS_MAX]; // values are owned
    size_t count;
};

// A list with all zero is empty. `giver` and `name` are static storage; `value` is copied.
void presets_add(struct presets *presets, const char *giver, const char *name, const char *value);
void presets_deinit(struct presets *presets);

// --dev: a private Redis and reports in the state folder, packs, rules and inventory from the share
// folder (absolute); waivers and attestations where the share folder has them. ERR_CONFIG when the
// state folder's path is too long; nothing was added then.
enum err_kind presets_add_dev(struct presets *presets, const char *state_dir,
                              const char *share_folder, struct err *err);
