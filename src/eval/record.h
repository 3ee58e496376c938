// SPDX-License-Identifier: MIT
//
// One resource of the inventory, read from one line: as a tree, or on tapes. Thread: its owner's.
#pragma once

#include "base/err.h"
#include "clause.h"

#include <jansson.h>
#include <stddef.h>

// Texts borrow from the record; an absent one is "".
struct record {
    struct value root;
    struct value configuration; // nothing when absent or null
    struct value tags;          // nothing when absent or null
    struct span resource_id;
    struct span resource_type;
    struct span resource_name;
    struct span region_id;
    struct span account_id;
    struct span resource_group_id;
    json_t *tree;               // owned; NULL of a record on tapes
    json_t *configuration_tree; // owned, when the configuration is a text
    struct tape_pool *tapes;    // borrowed; NULL of a record as a tree
};

// As a tree. ERR_INVALID or ERR_LIMIT with the reason; then nothing has to be released. Members
// that are not named in evaluator.h may be there and hold anything.
enum err_kind record_parse(const char *line, size_t len, struct record *record_out,
                           struct err *err);
void record_deinit(struct record *record);

// What conditions are judged on, with the instant that ages are counted to (NO_INSTANT when none is
// known); borrows from the record.
struct subject record_subject(const struct record *record, int64_t as_of_ms);
