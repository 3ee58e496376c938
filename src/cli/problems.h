// SPDX-License-Identifier: MIT
//
// What was wrong with inputs, on standard error: one line each. Private to cli. Thread: main.
#pragma once

#include "domain/diag.h"
#include "worker/making.h"

#include <stddef.h>

enum { PROBLEMS_SHOWN = 20 }; // of an inventory

// At most `most` lines, then how many more there are. Diagnostics of an inventory know only their
// line: `file` is what it was read from, else NULL.
void problems_print(const struct diags *diags, const char *file, size_t most);

// Those of an inventory that was read from `path`, "-" being standard input.
void problems_print_inventory(const struct diags *diags, const char *path);

// What was wrong with packs, rules, waivers and attestations of a making, each thing once. That a
// rule is for none of the items of one pack is said when it is for none of any.
void problems_print_inputs(const struct making *making);
