// SPDX-License-Identifier: MIT
#include "job_ending.h"

#include "base/random.h"
#include "domain/answer.h"

#include <stdio.h>

static bool is_worth_repeating(const struct err *cause, bool fetching)
{
    switch (cause->kind) {
    case ERR_UNAVAILABLE:
    case ERR_TIMEOUT:
    case ERR_UNCERTAIN:
    case ERR_IO: // a full disk or a store that is away comes back without anybody changing the
                 // request
        return true;
    case ERR_CORRUPT:
        return fetching;
    case ERR_OK:
    case ERR_INVALID:
    case ERR_NOT_FOUND:
    case ERR_CONFLICT:
    case ERR_LIMIT:
    case ERR_DENIED:
    case ERR_CANCELLED:
    case ERR_CONFIG:
    case ERR_INTERNAL:
        return false;
    }
    return false;
}

void job_ending_of_failure(const struct err *cause, const char *step_title, bool fetching,
                           unsigned attempts, const struct job_retry_policy *policy,
                           struct job_ending *ending_out)
{
    REQUIRE(cause->kind != ERR_OK && attempts >= 1);
    *ending_out = (struct job_ending){.outcome = QUEUE_FAILED, .cause = *cause};
    const char *code = NULL;
    if (fetching && cause->kind == ERR_NOT_FOUND) {
        code = answer_code_text(ANSWER_PACK_UNKNOWN);
    } else if (is_worth_repeating(cause, fetching)) {
        ending_out->outcome = QUEUE_RETRY;
        int64_t jitter = random_backoff_ms(policy->base_ms, policy->cap_ms, attempts - 1);
        ending_out->delay_ms = cause->retry_after_ms > 0 ? cause->retry_after_ms : jitter;
    }
    (void)snprintf(ending_out->code, sizeof(ending_out->code), "%s%s",
                   code != NULL ? code : "ReportFailed.", code != NULL ? "" : step_title);
}
