// SPDX-License-Identifier: MIT
//
// The forms an inventory comes in, and how its beginning tells which it is. Pure. Thread: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    // A list of resources has to begin within this many bytes, to be known for one.
    INVENTORY_SNIFF_BYTES = 64 * 1024,
};

enum inventory_format {
    INVENTORY_LINES, // NDJSON: a record per line
    INVENTORY_ARRAY, // one array of records, or several in a row
    INVENTORY_RMS,   // pages of Huawei Config (RMS) in a row: {"resources":[…],"page_info":…}
    INVENTORY_AWS,   // AWS Config snapshots in a row: {"configurationItems":[…],…}
};

// The member of a document that holds its records, with its quotes; NULL where there is none.
const char *inventory_format_list(enum inventory_format format);

// Looks at the first bytes of an inventory. False when they do not tell yet; with `is_all`, which
// says that no more can be had, it is always true. What is none of the others are lines.
bool inventory_format_sniff(const char *bytes, size_t len, bool is_all,
                            enum inventory_format *format_out);
