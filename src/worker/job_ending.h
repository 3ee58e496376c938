// SPDX-License-Identifier: MIT
//
// How an attempt ends when it failed: for good, or again later, and after which delay. Pure but for
// the jitter. Private to worker.
//
//   error of the attempt                                  ending
//   pack not found while fetching                         FAILED  Invalid.CompliancePackId.Value
//   unavailable, timeout, uncertain, io, and what the     RETRY   after Retry-After, else full
//   jitter over
//     upstream sent was corrupt                                   retry_base * 2^(attempts - 1), at
//     most retry_cap
//   anything else: the same again would be as wrong       FAILED  ReportFailed.<Step>
// Thread: any.
#pragma once

#include "base/err.h"
#include "queue/queue.h"

#include <stdint.h>

enum { JOB_ENDING_CODE_BYTES = 64 };

struct job_ending {
    enum queue_outcome outcome;
    char code[JOB_ENDING_CODE_BYTES]; // "" for complete and hand back
    struct err cause;                 // ERR_OK for complete and hand back
    int64_t delay_ms;                 // of a retry
};

struct job_retry_policy {
    int64_t base_ms;
    int64_t cap_ms;
};

// `step_title` is the step's name with a capital ("Fetch"); `fetching` says that the pack source
// failed; `attempts` counts this one.
void job_ending_of_failure(const struct err *cause, const char *step_title, bool fetching,
                           unsigned attempts, const struct job_retry_policy *policy,
                           struct job_ending *ending_out);
