// SPDX-License-Identifier: MIT
//
// `packreport rules`: the tools of those who write rules, a file for each.
#include "menu.h"

static const struct cli_command COMMANDS[] = {
    {"check", "look for faults in rules", cli_rules_check},
    {"test", "try rules on the cases beside them", cli_rules_test},
    {"diff", "show which findings a change of rules would change", cli_rules_diff},
    {"seal", "note down what the files of a rules folder hold", cli_rules_seal},
};

static const struct menu MENU = {
    .program = "packreport rules",
    .about = "Tools for those who write rules.",
    .commands = COMMANDS,
    .count = ARRAY_LEN(COMMANDS),
    .footer = "`packreport explain` shows how a rule comes to its verdict on a resource.\n",
};

int cli_rules(int argc, char **argv)
{
    return menu_run(&MENU, argc, argv);
}
