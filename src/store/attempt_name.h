// SPDX-License-Identifier: MIT
//
// The names that the file store gives: "<fence>" of an attempt's published folder,
// "<ReportId>.<fence>" of its staging folder and "<ReportId>.<fence>.gone" of a folder that was
// taken out of sight to be removed. An id has no dot, so these cannot be mistaken. Pure. Thread:
// any.
#pragma once

#include "base/text.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

enum { ATTEMPT_NAME_BYTES = TEXT_ID_MAX + 32 };

struct attempt_name {
    char report_id[TEXT_ID_MAX + 1];
    uint64_t fence;
    bool is_gone;
};

void attempt_name_fence(uint64_t fence, char out[ATTEMPT_NAME_BYTES]);
void attempt_name_staging(const char *report_id, uint64_t fence, char out[ATTEMPT_NAME_BYTES]);
void attempt_name_gone(const char *report_id, uint64_t fence, char out[ATTEMPT_NAME_BYTES]);

// False for a name that these functions do not make.
bool attempt_name_parse_fence(const char *name, uint64_t *fence_out);
bool attempt_name_parse(const char *name, struct attempt_name *name_out);
