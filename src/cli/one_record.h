// SPDX-License-Identifier: MIT
//
// One resource record: a file of its own, or one of an inventory. Private to cli. Thread: main.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "domain/rule.h"

// `path` or `inventory` is NULL. A path is read whole ("-": standard input), JSON of any layout.
struct one_record {
    const char *path;
    const char *inventory;
    const char *id;
};

// Appends the record's text. Of several with the id in an inventory the first of one of the rule's
// resource types, else the first; also without a rule (NULL). ERR_NOT_FOUND when there is none, and the errors of the file or
// the inventory.
enum err_kind one_record_read(const struct one_record *wanted, const struct rule *rule,
                              struct buf *out, struct err *err);
