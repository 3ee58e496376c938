// SPDX-License-Identifier: MIT
//
// Where the queue of a command is: from its options, the daemon's settings, or a --dev daemon. Private
// to cli. Thread: main.
#pragma once

#include "base/secret.h"
#include "session.h"
#include "settings/redis_address.h"
#include "settings/settings.h"

struct session_place {
    struct settings settings;         // the file's, else the defaults
    bool has_settings;                // to be deinitialised
    bool is_from_file;                // they are those of a file, so probably the daemons'
    struct secret *password;          // NULL: none
    struct secret *sentinel_password; // the same
    struct redis_tls *tls;            // the same
    struct redis_address address;
    struct sentinel_addresses sentinels; // when there are any, in place of the address
    struct sentinel_addresses nodes;     // of a cluster: the same
    const char *master_name;
    const char *sentinel_user;
    const char *user;
    unsigned database;
    const char *prefix; // of the options, of the settings, or static
};

// ERR_CONFIG, ERR_UNAVAILABLE and those of reading a file. To be deinitialised in any case.
enum err_kind session_place_find(const struct session_options *options,
                                 struct session_place *place_out, struct err *err);
void session_place_deinit(struct session_place *place);
