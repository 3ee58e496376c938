// SPDX-License-Identifier: MIT
//
// Packs as the vendor's operations show them. Pure. Thread: any.
#pragma once

#include "domain/pack.h"
#include "domain/pack_page.h"
#include "domain/request.h"

#include <jansson.h>
#include <stdint.h>

// The object CompliancePack: a pack that was asked for by the id in `request`.
json_t *pack_document_whole(const struct request *request, const struct pack *pack);

// Which packs ListCompliancePacks is to show.
enum {
    PACK_LIST_NUMBER_MAX = 1000000, // pages
    PACK_LIST_SIZE_DEFAULT = 10,
};
struct pack_list_page {
    uint64_t number; // from 1
    unsigned size;   // 1 to PACK_PAGE_MAX
};
// The object CompliancePacksResult. `packs` NULL: there are none.
json_t *pack_document_list(const char *account_id, const struct pack_list_page *page,
                           const struct pack_page *packs);
