// SPDX-License-Identifier: MIT
//
// Invented rules and inventories: of everything that the language of conditions and records have,
// put together by chance, right and wrong. The same seed gives the same.
#pragma once

#include "base/buf.h"

#include <stdint.h>

struct chance {
    uint64_t state;
};

// 0 to below - 1.
uint32_t chance_below(struct chance *chance, uint32_t below);

// A rule file on one line, for check item uuid "a" and the resource types t and u.
void invent_rules(struct chance *chance, size_t count, struct buf *out);
// Inventory lines, of which some are no records.
void invent_lines(struct chance *chance, size_t count, struct buf *out);
