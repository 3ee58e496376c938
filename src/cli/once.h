// SPDX-License-Identifier: MIT
//
// Options that came twice. Private to cli. Thread: main.
#pragma once

#include <argp.h>

// A usage error (it does not return) when an option with a value is given more than once: of two
// inventories the first would be left out in silence. Options without a value may come again.
// `may_repeat` is the long name of the one option that collects its values, or NULL. What is wrong
// in another way is left to argp_parse.
void once_check(const struct argp *argp, int argc, char **argv, const char *may_repeat);
