// SPDX-License-Identifier: MIT
//
// A pack, rules and inventories in a sandbox for the worker's tests, and the reading of what was
// made. Thread: one.
#pragma once

#include "base/buf.h"
#include "worker/rulebook.h"

#include <stddef.h>

// Ten items "item-0" … in one catalogue.
extern const char WORKSHOP_PACK[];

// Makes the sandbox with a rule file, and loads it. Rule n (0 to 4) is bound to item n and wants
// $.Size > n * 10.
struct rulebook *workshop_open(void);
void workshop_close(struct rulebook **rulebook);

// An inventory of `resources` records with Size 0, 1, 2, … 59, 0, …; every `bad_every`th line is
// broken (0: none). Its path is valid until workshop_close.
const char *workshop_inventory(const char *name, size_t resources, size_t bad_every);

// A new empty folder in the sandbox; mem_free.
char *workshop_folder(const char *name);
// The content of a file; aborts when it cannot be read. buf_deinit.
struct buf workshop_read(const char *folder, const char *name);
