// SPDX-License-Identifier: MIT
#include "job_ending.h"

#include "base/random.h"
#include "domain/answer.h"

#include <stdio.h>
#include <string.h>

static bool is_worth_repeating(const struct job_failure *failure)
{
    switch (failure->cause->kind) {
    case ERR_UNAVAILABLE:
    case ERR_TIMEOUT:
    case ERR_UNCERTAIN:
    case ERR_IO: // a full disk or a store that is away comes back; nobody has to change the request
    case ERR_CONFLICT: // a clock behind that of the last fences: the next attempt gets a higher one
        return true;
    case ERR_CORRUPT:
        return failure->is_fetching;
    case ERR_OK:
    case ERR_INVALID:
    case ERR_NOT_FOUND:
    case ERR_LIMIT:
    case ERR_DENIED:
    case ERR_CANCELLED:
    case ERR_CONFIG:
    case ERR_INTERNAL:
        return false;
    }
    return false;
}

static void set_code(struct job_ending *ending, const struct job_failure *failure)
{
    enum err_kind kind = failure->cause->kind;
    if (failure->is_fetching && kind == ERR_NOT_FOUND) {
        (void)snprintf(ending->code, sizeof(ending->code), "%s",
                       answer_code_text(ANSWER_PACK_UNKNOWN));
    } else if (kind == ERR_CANCELLED) {
        (void)snprintf(ending->code, sizeof(ending->code), "DeadlineExceeded");
    } else {
        (void)snprintf(ending->code, sizeof(ending->code), "ReportFailed.%s", failure->step_title);
    }
}

void job_ending_of_failure(const struct job_failure *failure, const struct job_retry_policy *policy,
                           struct job_ending *ending_out)
{
    REQUIRE(failure->cause->kind != ERR_OK);
    *ending_out = (struct job_ending){.outcome = QUEUE_FAILED, .cause = *failure->cause};
    set_code(ending_out, failure);
    if (is_worth_repeating(failure)) {
        bool is_throttled = failure->cause->is_throttled;
        unsigned before = is_throttled ? failure->throttled : failure->transient;
        int64_t jitter = random_backoff_ms(policy->base_ms, policy->cap_ms, before);
        int64_t asked_ms = failure->cause->retry_after_ms;
        ending_out->outcome = QUEUE_RETRY;
        // Never before the time asked for, and not all of those that were turned away at that very time.
        ending_out->delay_ms = asked_ms + jitter;
        ending_out->retry_class = is_throttled ? QUEUE_RETRY_THROTTLED : QUEUE_RETRY_TRANSIENT;
        ending_out->attempts_max = is_throttled ? policy->max_throttled : policy->max_transient;
    }
}

const char *job_ending_message(const struct job_ending *ending)
{
    enum answer_code code;
    bool is_vendors = ending->code[0] != '\0' && answer_code_parse(ending->code, &code);
    return is_vendors ? answer_code_message(code) : ending->cause.message;
}
