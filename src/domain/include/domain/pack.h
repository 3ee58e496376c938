// SPDX-License-Identifier: MIT
//
// A compliance pack: the catalogue tree and its check items, from the body of SecMaster's
// ShowCompliancePackageDetail (reference/huawei-secmaster.md 1.2), whether it came over HTTP or
// from a file.
//
// The loader survives what the vendor's own sample does wrong, with warnings: a directory that is
// its own parent, an unknown parent or root (taken as "below the pack"), parent cycles (cut at one
// directory, which is then below the pack), a wrong check_items_num (we count), duplicate uuids,
// null or absent lists, is_leaf as 0/1. It refuses (diagnostics of severity error) what has no
// meaning: no JSON object, no uuid, a member of the wrong type or given twice, a limit passed.
// Plain data once loaded; read-only and shared between threads.
#pragma once

#include "base/err.h"
#include "domain/diag.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { PACK_TOP = -1 };

struct check_item {
    char *uuid;
    char *name;
};

struct catalog {
    char *uuid;
    char *name; // undocumented member `name`, "" when absent
    int64_t serial_number;
    int64_t level_number;
    int parent;     // index into catalogs, PACK_TOP below the pack itself
    unsigned depth; // 0 directly below the pack; computed
    size_t *items;  // indexes into pack.items, in the order listed
    size_t item_count;
};

struct pack {
    char *uuid;
    char *name;
    char *version;
    char *owner;
    char *description;
    char *classify;
    char *areas;
    char *region;
    int64_t state; // 0 disabled, 1 enabled
    int64_t type;  // 0 built-in, 1 custom
    struct catalog
        *catalogs; // depth first; siblings by serial_number, then in the order of the list
    size_t catalog_count;
    struct check_item *items; // distinct by uuid, in the order of the tree
    size_t item_count;
    json_t *item_by_uuid; // objects: text to index into items, for the find functions
    json_t *item_by_name;
    char digest[65]; // SHA-256 of the bytes it was loaded from
};

// Loads a pack from JSON text. `name` is what diagnostics call the input (a file path or a URL).
// ERR_INVALID when an error diagnostic was added (the message repeats the first of them), ERR_LIMIT
// when a limit is passed.
enum err_kind pack_load(const char *json, size_t len, const char *name, struct pack **pack_out,
                        struct diags *diags, struct err *err);
void pack_destroy(struct pack **pack);

// Index of the item with this uuid, or of the first with this name; -1 when there is none.
int64_t pack_find_item(const struct pack *pack, const char *uuid);
int64_t pack_find_item_by_name(const struct pack *pack, const char *name);
