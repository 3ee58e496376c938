// SPDX-License-Identifier: MIT
//
// Reads records onto tapes, one after the other, and picks what a plan asks for on the way. A
// record is taken when record_parse takes it, and is the same then; why one is not taken, only
// record_parse says. Thread: its owner's; the plan is shared.
#pragma once

#include "record.h"
#include "scan/pick.h"
#include "scan/scanner.h"
#include "tape_pool.h"

#include <stdbool.h>

// Picks that every plan has, with these slots, before any other.
enum record_slot {
    RECORD_RESOURCE_ID,
    RECORD_RESOURCE_TYPE,
    RECORD_RESOURCE_NAME,
    RECORD_REGION_ID,
    RECORD_ACCOUNT_ID,
    RECORD_RESOURCE_GROUP_ID,
    RECORD_TAGS,
    RECORD_CONFIGURATION,
    RECORD_SLOTS,
};

// An empty plan with these picks. More may be added: those that begin with "configuration" are
// picked from the configuration also when it stands as text.
struct pick_plan *record_plan_create(void);

struct record_reader {
    const struct pick_place *root;          // of the plan
    const struct pick_place *configuration; // of the plan; NULL: nothing is picked in it
    const struct scan_kernel *kernel;
    // Made when there is something to scan: each has room for the deepest document, and of most
    // small inventories only the first is ever wanted.
    struct scanner *line;
    struct scanner *text; // of a configuration that is a text
    struct tape_pool pool;
    uint32_t *picks; // of the record that was read last, by slot; TAPE_NONE: not there
    uint32_t slots;
};

// The plan is borrowed and complete.
void record_reader_init(struct record_reader *reader, const struct pick_plan *plan,
                        const struct scan_kernel *kernel);
void record_reader_deinit(struct record_reader *reader);

// Whether the line is a record. SCAN_PADDING bytes behind it are readable. What is read lives until
// the next call and borrows from the line; nothing has to be released.
bool record_reader_read(struct record_reader *reader, struct span line, struct record *record_out);
