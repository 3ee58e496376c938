// SPDX-License-Identifier: MIT
//
// Findings: what evaluating one rule against one resource gave, and the outcome of a check item.
// Plain data. Thread: its owner's.
#pragma once

#include "base/buf.h"
#include "base/check.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// From the best to the worst: the roll-up takes the worst of a check item's rules by this order,
// with NOT_APPLICABLE below everything that was evaluated.
#define OUTCOMES(X)                                                                                \
    X(NOT_APPLICABLE) /* other type, or out of scope */                                            \
    X(COMPLIANT)                                                                                   \
    X(IGNORED)           /* would be NON_COMPLIANT, but a waiver in force covers it */             \
    X(MANUAL)            /* check item only: no rule, no verdict, no valid attestation */          \
    X(INSUFFICIENT_DATA) /* the data does not allow a verdict */                                   \
    X(NON_COMPLIANT)                                                                               \
    X(ERROR) /* check item only: its rule is broken */

enum outcome {
#define X(name) OUTCOME_##name,
    OUTCOMES(X)
#undef X
        OUTCOME_COUNT
};

const char *outcome_text(enum outcome outcome); // "NON_COMPLIANT"
bool outcome_parse(const char *text, enum outcome *outcome_out);

// Which findings a report lists; counted are all of them.
enum findings_listed {
    FINDINGS_ALL,
    FINDINGS_FAILING, // all that are not COMPLIANT
};
const char *findings_listed_text(enum findings_listed listed); // "all", "failing"
bool findings_listed_parse(const char *text, enum findings_listed *listed_out);

// Which files a report is made of.
enum report_files {
    REPORT_FILES_ALL,
    REPORT_FILES_JSON, // report.json alone
    REPORT_FILES_NONE, // only counts and scores are made
};

// 1 high, 2 medium, 3 low.
enum risk_level { RISK_HIGH = 1, RISK_MEDIUM = 2, RISK_LOW = 3 };
const char *risk_level_text(enum risk_level level); // "high"

// Why: the vendor's annotation members. Texts are at most LIMIT_EVIDENCE_BYTES, "" when they do not
// apply.
struct evidence {
    struct buf configuration; // value found, as text
    struct buf desired_value; // value wanted, as text
    struct buf operator_name;
    struct buf property; // path of the value
    struct buf reason;
};

// One finding. Borrowed texts live as long as the rule set, the pack and the current record.
struct finding {
    enum outcome outcome;
    size_t rule; // number of the rule in its set
    const char *rule_id;
    const char *rule_name;
    enum risk_level risk;
    struct span resource_id;
    struct span resource_name;
    struct span resource_type;
    struct span region_id;
    struct span account_id;
    uint64_t line;                   // of the record in the inventory, 1-based
    uint64_t offset;                 // bytes before its first one in the inventory, unpacked
    const char *waiver_id;           // "" but for IGNORED
    const struct evidence *evidence; // NULL unless NON_COMPLIANT, IGNORED or INSUFFICIENT_DATA
};

void evidence_init(struct evidence *evidence);
void evidence_reset(struct evidence *evidence);
void evidence_deinit(struct evidence *evidence);
