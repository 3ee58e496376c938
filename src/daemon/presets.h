// SPDX-License-Identifier: MIT
//
// Settings that the program gives itself, below the file and the command line: those of --dev, and
// the credentials folder of systemd. Nothing is made or started here. Thread: any.
#pragma once

#include "settings.h"

enum { PRESETS_MAX = 16 };

struct presets {
    struct settings_override items[PRESETS_MAX]; // values are owned
    size_t count;
};

// A list with all zero is empty. `giver` and `name` are static storage; `value` is copied.
void presets_add(struct presets *presets, const char *giver, const char *name, const char *value);
void presets_deinit(struct presets *presets);

// --dev: a private Redis and reports in the state folder, packs, rules and inventory from the share
// folder (both absolute); waivers and attestations where the share folder has them.
void presets_add_dev(struct presets *presets, const char *state_folder, const char *share_folder);
