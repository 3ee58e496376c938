// SPDX-License-Identifier: MIT
//
// The command line of packreportd, by argp, and what settings to read because of it. No secret ever
// comes this way. Thread: main, at start-up.
#pragma once

#include "settings/presets.h"
#include "settings/settings.h"

#define OPTIONS_DEFAULT_CONFIG "/etc/packreport/packreportd.ini"

enum options_mode {
    OPTIONS_RUN,
    OPTIONS_CHECK_CONFIG,
    OPTIONS_PRINT_CONFIG,
    OPTIONS_PRINT_SETTINGS_DOC,
};

// Texts are argv's but for state_folder.
struct options {
    enum options_mode mode;
    const char *config; // NULL: none was given
    bool dev;
    char *state_folder; // --dev: where Redis and reports lie; absolute, made when it is not there
    const char **assignments;
    size_t assignment_count;
};

// --help, --version and mistakes end the process here, as argp has it (statuses 0, 0 and 64).
void options_parse(int argc, char **argv, struct options *options_out);
void options_deinit(struct options *options);

// What main knows of the world around it.
struct options_surroundings {
    const char *share_folder;       // absolute; sample packs, rules and inventory for --dev
    const char *credentials_folder; // $CREDENTIALS_DIRECTORY, or NULL
};

// What settings_load is to read: without --dev always a file (OPTIONS_DEFAULT_CONFIG when --config
// is absent), with --dev only one that was named. `inputs_out` borrows from the options and from
// `presets_out`, which are kept as long as SIGHUP may read again; presets_deinit. ERR_CONFIG when
// the state folder cannot be used.
enum err_kind options_inputs(const struct options *options,
                             const struct options_surroundings *surroundings,
                             struct presets *presets_out, struct settings_inputs *inputs_out,
                             struct err *err);
