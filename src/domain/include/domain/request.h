// SPDX-License-Identifier: MIT
//
// A request for a report, as it came from the intake stream or the front door, and the check of its
// form.
//
// Fields: AccountId, CompliancePackId, optional AggregatorId, ClientToken, RequestId, Language,
// Deadline, traceparent, tracestate. Unknown fields are ignored. The check never fails for want of
// a valid field: it yields an answer code and a sentence, because each request that reached the
// queue gets exactly one recorded answer. Plain data. Thread: any.
#pragma once

#include "base/digest.h"
#include "base/text.h"
#include "domain/answer.h"
#include "domain/subject.h"
#include "domain/trace.h"

#include <stddef.h>
#include <stdint.h>

enum {
    REQUEST_TOKEN_MAX = 64,     // ASCII characters, as the vendor has it
    REQUEST_ACCOUNT_MAX = 19,   // decimal digits: AccountId is an int64
    REQUEST_LANGUAGE_BYTES = 8, // "en-us", "zh-cn"
    REQUEST_DETAIL_BYTES = 384, // every message fits, with the value it quotes
};

// Whether a text is an AccountId: 1 to REQUEST_ACCOUNT_MAX decimal digits.
bool request_account_is_valid(struct span text);

struct request {
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    char pack_id[TEXT_ID_MAX + 1];
    char aggregator_id[TEXT_ID_MAX + 1];      // "" when none was given
    char client_token[REQUEST_TOKEN_MAX + 1]; // "" when none was given
    char request_id[TEXT_ID_MAX + 1];         // "" when none (or no valid one) was given
    char language[REQUEST_LANGUAGE_BYTES];    // "" when none was given
    int64_t deadline_ms;                      // Unix time, 0 when none was given
    struct trace trace; // its trace_id is "" when none (or no valid one) was given
};

// One name-value pair as it came; bytes, not NUL-terminated.
struct request_field {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

// What the check of the form found. `code` is ANSWER_ACCEPTED when the form is right.
struct request_verdict {
    enum answer_code code;
    char message[REQUEST_DETAIL_BYTES]; // the vendor's sentence, then what was wrong with the
                                        // value; "" when accepted
};

// Fills `request` with the fields that are valid and says what is wrong with the first that is not,
// in this order: AccountId, CompliancePackId, AggregatorId, ClientToken, RequestId, Language,
// Deadline. A field given twice is refused.
//
//   AccountId         1 to 19 digits; absent or empty: MissingAccountId
//   CompliancePackId  text_is_id; absent or empty: MissingCompliancePackId
//   AggregatorId      text_is_id: the account group that the report is over
//   ClientToken       1 to 64 printable ASCII characters; a sentence each for empty, too long,
//                     control and non-ASCII characters
//   RequestId         text_is_id, but not "<digits>-<digits>": so Redis names stream entries, and an
//                     answer lies under its RequestId or its entry's id
//   Language          zh-cn or en-us in any letter case; stored in lower case
//   Deadline          Unix time in milliseconds, > 0
//   traceparent       domain/trace.h; one that is malformed, or given twice, is none and no fault
//   tracestate        the same; those of several fields are joined in their order
//
// Whatever else is wrong is InvalidParameter.
struct request_verdict request_parse(const struct request_field *fields, size_t count,
                                     struct request *request_out);
// The same for what is asked of an account as a whole: CompliancePackId may be absent.
struct request_verdict request_parse_without_pack(const struct request_field *fields, size_t count,
                                                  struct request *request_out);

// What the report is of. `out` as in domain/subject.h.
void request_subject(const struct request *request, char out[SUBJECT_BYTES]);

// SHA-256 over the parameters that a ClientToken stands for (account, subject, language; not
// RequestId, not Deadline, not the trace: the vendor lets those that identify the attempt change).
// Lower-case hex.
enum { REQUEST_FINGERPRINT_BYTES = DIGEST_HEX_BYTES };
void request_fingerprint(const struct request *request, char out[REQUEST_FINGERPRINT_BYTES]);
