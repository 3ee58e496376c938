// SPDX-License-Identifier: MIT
#include "attempt_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void attempt_name_fence(uint64_t fence, char out[ATTEMPT_NAME_BYTES])
{
    (void)snprintf(out, ATTEMPT_NAME_BYTES, "%" PRIu64, fence);
}

void attempt_name_staging(const char *report_id, uint64_t fence, char out[ATTEMPT_NAME_BYTES])
{
    (void)snprintf(out, ATTEMPT_NAME_BYTES, "%s.%" PRIu64, report_id, fence);
}

void attempt_name_gone(const char *report_id, uint64_t fence, char out[ATTEMPT_NAME_BYTES])
{
    (void)snprintf(out, ATTEMPT_NAME_BYTES, "%s.%" PRIu64 ".gone", report_id, fence);
}

bool attempt_name_parse_fence(const char *name, uint64_t *fence_out)
{
    // One spelling for each number, so that two names never mean the same attempt.
    if (name[0] == '\0' || (name[0] == '0' && name[1] != '\0')) {
        return false;
    }
    uint64_t fence = 0;
    for (const char *at = name; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(fence, 10, &fence) ||
            __builtin_add_overflow(fence, (uint64_t)(*at - '0'), &fence)) {
            return false;
        }
    }
    *fence_out = fence;
    return true;
}

bool attempt_name_parse(const char *name, struct attempt_name *name_out)
{
    char parts[ATTEMPT_NAME_BYTES];
    struct attempt_name parsed = {0};
    if (!text_copy(parts, sizeof(parts), name)) {
        return false;
    }
    char *fence = strchr(parts, '.');
    if (fence == NULL || !text_is_id(parts, (size_t)(fence - parts))) {
        return false;
    }
    *fence++ = '\0';
    char *gone = strchr(fence, '.');
    if (gone != NULL) {
        parsed.is_gone = strcmp(gone, ".gone") == 0;
        *gone = '\0';
    }
    if ((gone != NULL && !parsed.is_gone) || !attempt_name_parse_fence(fence, &parsed.fence)) {
        return false;
    }
    (void)text_copy(parsed.report_id, sizeof(parsed.report_id), parts);
    *name_out = parsed;
    return true;
}
