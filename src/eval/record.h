// SPDX-License-Identifier: MIT
//
// One resource of the inventory, read from one line. Thread: its owner's.
#pragma once

#include "base/err.h"
#include "clause.h"

#include <jansson.h>
#include <stddef.h>

// Texts borrow from `root`; an absent one is "".
struct record {
    json_t *root;
    json_t *configuration; // NULL when absent or null
    json_t *tags;          // borrowed, NULL when absent or null
    const char *resource_id;
    const char *resource_type;
    const char *resource_name;
    const char *region_id;
    const char *account_id;
    const char *resource_group_id;
};

// ERR_INVALID or ERR_LIMIT with the reason; then nothing has to be released. Members that are not
// named in evaluator.h may be there and hold anything.
enum err_kind record_parse(const char *line, size_t len, struct record *record_out,
                           struct err *err);
void record_deinit(struct record *record);

// What conditions are judged on, with the instant that ages are counted to (NO_INSTANT when none is
// known); borrows from the record.
struct subject record_subject(const struct record *record, int64_t as_of_ms);
