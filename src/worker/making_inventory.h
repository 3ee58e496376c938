// SPDX-License-Identifier: MIT
//
// One inventory of a making: where it is, and what an evaluation of it gave. A making has one, or
// one for each member of an account group. Private to the room. Thread: its making's.
#pragma once

#include "base/err.h"
#include "domain/bad_lines.h"
#include "domain/report.h"
#include "evaluation.h"

#include <stdbool.h>
#include <stdint.h>

struct making_inventory {
    char *path;                    // "-" standard input
    char *account_id;              // of the member; NULL: the only inventory of a report
    uint64_t size;                 // of a file; 0: not known
    bool is_there;                 // of a member: it has one
    struct report_inventory found; // without the problems, which the evaluation has
};

void making_inventory_init(struct making_inventory *inventory, const char *path,
                           const char *account_id);
void making_inventory_deinit(struct making_inventory *inventory);

// Looks whether a member has its inventory and how large it is. ERR_INVALID for what is no regular
// file, if only that will do.
enum err_kind making_inventory_look(struct making_inventory *inventory, bool regular_file_only,
                                    struct err *err);

// Whether it was evaluated and has lines, and none of them is a record that is right: then it is no
// inventory.
bool making_inventory_is_unreadable(const struct making_inventory *inventory);

// Opens it, runs the evaluation over it, and takes over what was found; the evaluation's inventory
// is closed afterwards. Of a member the problems get the name of their file. ERR_INVALID when none
// of the records that are there is right, whatever the limit, or when more are bad or duplicates
// than it allows; else as inventory_open and evaluation_run.
struct making_inventory_run {
    struct evaluation *evaluation; // everything filled in but the inventory
    size_t block_bytes;
    const struct bad_lines_limit *max_bad_lines;
};
enum err_kind making_inventory_evaluate(struct making_inventory *inventory,
                                        const struct making_inventory_run *run, struct err *err);

// Warns of an inventory without a single record: its report has nothing to say.
void making_inventory_warn(const struct making_inventory *inventory, struct diags *diags);
