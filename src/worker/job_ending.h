// SPDX-License-Identifier: MIT
//
// How an attempt ends when it failed: for good, or again later, and after which delay. Pure but for
// the jitter. Private to worker.
//
//   error of the attempt                              ending
//   pack not found while fetching                     FAILED  Invalid.CompliancePackId.Value
//   the request's deadline has passed (cancelled)     FAILED  DeadlineExceeded
//   unavailable, timeout, uncertain, io, conflict     RETRY   after Retry-After, else full jitter
//     (another fence is published already); corrupt           over retry_base * 2^n, at most
//     from the upstream                                       retry_cap, after n earlier failures
//                                                             of the same class
//   the same, and the upstream turned us away         RETRY   of the class throttled, with a budget
//     because it is asked too much                            of its own
//   any of these, and it does not count against the   RETRY   of the class waiting, as often as it
//     job: the service that failed is away                    takes, not before `wait_ms`
//   anything else: the same again is as wrong         FAILED  ReportFailed.<Step>, or .Inventory
//                                                             where no record of one is right
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
    // Of a retry.
    int64_t delay_ms;
    enum queue_retry_class retry_class;
    unsigned attempts_max; // of the class
};

struct job_failure {
    const struct err *cause;
    const char *step_title; // the step's name with a capital: "Fetch"; or "Inventory"
    bool is_fetching;       // the pack source failed
    unsigned transient;     // attempts of the job that failed so before
    unsigned throttled;
    unsigned waits;
    // What is worth repeating does not count; what is not, is no service's fault.
    bool is_excused;
    bool is_unbegun; // the upstream was not even asked: the delay is `wait_ms`
    int64_t wait_ms; // the least delay of a retry that does not count
};

struct job_retry_policy {
    int64_t base_ms;
    int64_t cap_ms;
    unsigned max_transient; // attempts of the class; at least 1
    unsigned max_throttled;
};

void job_ending_of_failure(const struct job_failure *failure, const struct job_retry_policy *policy,
                           struct job_ending *ending_out);

// What who asked is told: the vendor's sentence where the code is the vendor's, else the cause. The
// log has the cause in any case.
const char *job_ending_message(const struct job_ending *ending);
