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

struct retry_class {
    enum queue_retry_class retry_class;
    unsigned before; // attempts of the class
    unsigned attempts_max;
};

static struct retry_class class_of(const struct job_failure *failure,
                                   const struct job_retry_policy *policy)
{
    if (failure->is_excused) {
        return (struct retry_class){QUEUE_RETRY_WAITING, failure->transient + failure->waits, 0};
    }
    if (failure->cause->is_throttled) {
        return (struct retry_class){QUEUE_RETRY_THROTTLED, failure->throttled,
                                    policy->max_throttled};
    }
    return (struct retry_class){QUEUE_RETRY_TRANSIENT, failure->transient, policy->max_transient};
}

static int64_t delay_ms(const struct job_failure *failure, const struct job_retry_policy *policy,
                        unsigned before)
{
    // Never before the time asked for, and not all of those that were turned away at that very time.
    int64_t wanted_ms =
        failure->cause->retry_after_ms + random_backoff_ms(policy->base_ms, policy->cap_ms, before);
    return wanted_ms > failure->wait_ms && !failure->is_unbegun ? wanted_ms : failure->wait_ms;
}

void job_ending_of_failure(const struct job_failure *failure, const struct job_retry_policy *policy,
                           struct job_ending *ending_out)
{
    REQUIRE(failure->cause->kind != ERR_OK);
    *ending_out = (struct job_ending){.outcome = QUEUE_FAILED, .cause = *failure->cause};
    set_code(ending_out, failure);
    if (is_worth_repeating(failure)) {
        const struct retry_class class = class_of(failure, policy);
        ending_out->outcome = QUEUE_RETRY;
        ending_out->retry_class = class.retry_class;
        ending_out->attempts_max = class.attempts_max;
        ending_out->delay_ms = delay_ms(failure, policy, class.before);
    }
}

const char *job_ending_message(const struct job_ending *ending)
{
    enum answer_code code;
    bool is_vendors = ending->code[0] != '\0' && answer_code_parse(ending->code, &code);
    return is_vendors ? answer_code_message(code) : ending->cause.message;
}
