// SPDX-License-Identifier: MIT
//
// Commands by name: those of `packreport`, and those of a command that has its own. Private to cli.
// Thread: main.
#pragma once

#include "cli.h"

struct menu {
    const char *program; // "packreport", "packreport rules"
    const char *about;   // one line
    const struct cli_command *commands;
    size_t count;
    const char *footer; // below the list of commands
};

// Runs the command that argv[1] names. --help, -? and help list them all. Without a name the list
// goes to standard error, with the status of a usage error.
int menu_run(const struct menu *menu, int argc, char **argv);
