// SPDX-License-Identifier: MIT
//
// Answers to requests: accepted, or one of a closed list of error codes with the vendor's status
// and message as the vendor has them, and the states of a report (FAILED and CANCELLED are ours).
// Plain data. Thread: any.
#pragma once

#include "base/check.h"

#include <stdbool.h>

// name, code as sent, HTTP status, message. The *Mandatory and *NotValid ones are completed by
// `detail` below.
#define ANSWER_CODES(X)                                                                            \
    X(ACCEPTED, "Accepted", 200, "")                                                               \
    X(REPORT_CREATING, "CompliancePackReportCreating", 400,                                        \
      "The compliance pack report is being created.")                                              \
    X(PACK_UNKNOWN, "Invalid.CompliancePackId.Value", 400,                                         \
      "The specified CompliancePackId does not exist.")                                            \
    X(AGGREGATOR_UNKNOWN, "Invalid.AggregatorId.Value", 400,                                       \
      "The specified AggregatorId is invalid.")                                                    \
    X(ACCOUNT_UNKNOWN, "AccountNotExisted", 404, "Your account does not exist.")                   \
    X(TOKEN_MISMATCH, "IdempotentParameterMismatch", 400,                                          \
      "The request is retried with updated parameters.")                                           \
    X(PACK_MISSING, "MissingCompliancePackId", 400,                                                \
      "CompliancePackId is mandatory for this action.")                                            \
    X(ACCOUNT_MISSING, "MissingAccountId", 400, "AccountId is mandatory for this action.")         \
    X(PARAMETER_INVALID, "InvalidParameter", 400, "Specified parameter is not valid.")             \
    X(THROTTLED, "Throttling.User", 400, "Request was denied due to user flow control.")           \
    X(UNAVAILABLE, "ServiceUnavailable", 503,                                                      \
      "The request has failed due to a temporary failure of the server.")                          \
    X(INTERNAL, "InternalError", 500,                                                              \
      "The request processing has failed due to some unknown error, exception or failure.")

enum answer_code {
#define X(name, code, status, message) ANSWER_##name,
    ANSWER_CODES(X)
#undef X
        ANSWER_CODE_COUNT
};

const char *answer_code_text(enum answer_code code);    // "CompliancePackReportCreating"
const char *answer_code_message(enum answer_code code); // the vendor's sentence
int answer_code_http_status(enum answer_code code);
bool answer_code_parse(const char *text, enum answer_code *code_out);

#define REPORT_STATUSES(X)                                                                         \
    X(NONE, "NONE")           /* no report was asked for */                                        \
    X(CREATING, "CREATING")   /* accepted and not ended */                                         \
    X(COMPLETE, "COMPLETE")   /* the current report can be read */                                 \
    X(FAILED, "FAILED")       /* ours: the last request ended without a report */                  \
    X(CANCELLED, "CANCELLED") /* ours: the last request was taken back */

enum report_status {
#define X(name, text) REPORT_##name,
    REPORT_STATUSES(X)
#undef X
        REPORT_STATUS_COUNT
};

const char *report_status_text(enum report_status status);
bool report_status_parse(const char *text, enum report_status *status_out);
