// SPDX-License-Identifier: MIT
//
// A compiled condition, for those that walk it. Private to the room. Thread: read-only once
// compiled.
#pragma once

#include "clause_table.h"
#include "clause_tree.h"
#include "condition.h"

enum group_kind { GROUP_NONE, GROUP_AND, GROUP_OR };

struct condition {
    uint32_t slot; // of its truth, see clause_table.h; TRUTH_SLOT_NONE: it is judged step by step
    enum group_kind group;
    struct clause *clause; // GROUP_NONE
    struct condition **children;
    size_t count;
};
