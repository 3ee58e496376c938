// SPDX-License-Identifier: MIT
//
// A page of the list of compliance packs, from the body of SecMaster's SearchCompliancePackages
// (reference/huawei-secmaster.md 1.4), whether it came over HTTP or was made of a folder's files.
// Plain data once loaded. Thread: any.
#pragma once

#include "base/err.h"
#include "base/text.h"
#include "domain/diag.h"

#include <stddef.h>
#include <stdint.h>

enum { PACK_PAGE_MAX = 100 }; // packs in one

struct pack_summary {
    char id[TEXT_ID_MAX + 1];
    char *name;        // "" when absent
    char *description; // "" when absent
};

struct pack_page {
    struct pack_summary *items;
    size_t count;
    uint64_t total; // packs there are; 0 when the list does not say
};

// Reads a page. A pack that nobody could ask for, because it has no uuid or one that is no id
// (text_is_id), is left out with a warning, and so is what follows the first PACK_PAGE_MAX.
// ERR_INVALID for what is no such list, ERR_LIMIT past LIMIT_PACK_BYTES.
enum err_kind pack_page_load(const char *json, size_t len, const char *name,
                             struct pack_page *page_out, struct diags *diags, struct err *err);
void pack_page_deinit(struct pack_page *page);
