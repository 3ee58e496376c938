// SPDX-License-Identifier: MIT
//
// The daemon put together: settings in, a running pool, and an orderly end. Private to daemon.
//
//   start: log -> private Redis (--dev) -> credentials, certificates, accounts, rules, store, packs
//   -> connections -> pool -> front door, endpoints for operators; ready once the connections for
//   scripts and for requests are up and the queue is prepared: requests are consumed -> READY=1
//
//   SIGHUP: accounts, rules, credentials, certificates and log level are read again; what cannot be
//   read leaves the old in place
//
//   SIGTERM, SIGINT: drain; a second one: hand back now; then everything is closed and the status
//   is 0
//
// Thread: main.
#pragma once

#include "base/err.h"
#include "settings/settings.h"

struct daemon_inputs {
    struct settings *settings;            // borrowed; SIGHUP changes the reloadable ones
    const struct settings_inputs *reload; // what SIGHUP reads again, borrowed
    const char *dev_state_folder;         // NULL unless --dev
};

// Runs until it is told to end. Returns the exit status; errors have been logged.
int daemon_run(const struct daemon_inputs *inputs);

// What --check-config does with settings that could be read: looks for the files and folders that they name, at
// the store, and into all that a start would read, and puts a line for each problem on standard error, or
// one that all is right on standard output. Makes nothing. Returns the exit status:
// that of ERR_CONFIG for a file that cannot be used, but also for a broken rule or an entry that
// would be left out, with which a daemon would start.
int daemon_check(const struct settings *settings);
