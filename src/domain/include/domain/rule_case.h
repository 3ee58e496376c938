// SPDX-License-Identifier: MIT
//
// Cases: what a rule has to say of a resource that somebody made up, for `packreport rules test`.
//
// A file is {"cases": [...]}, and may have "asOf", an instant for all of them. Members of a case:
//
//   name       what it shows                                                      required
//   rule       id of the rule                                                     required
//   resource   the record, an object (eval/evaluator.h). Absent resourceType and resourceId stand
//              for the rule's first type and "case"                               required
//   asOf       RFC 3339 date or time that ages are counted to; without one operators of age give no
//              verdict, because a case shall say the same tomorrow
//   expect     COMPLIANT, NON_COMPLIANT, INSUFFICIENT_DATA or NOT_APPLICABLE       required
//   evidence   what the finding has to say: configuration, desiredValue, operator, property,
//              reason; exact texts, each optional; of NON_COMPLIANT and INSUFFICIENT_DATA only
//
// Numbers of the resource are as they were written (json_number.h). Unknown members are errors. A case with an error is left out, with a diagnostic, and the others
// go on. Plain data once loaded. Thread: its owner's.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "domain/finding.h"

#include <jansson.h>
#include <stdint.h>

enum case_member {
    CASE_CONFIGURATION,
    CASE_DESIRED_VALUE,
    CASE_OPERATOR,
    CASE_PROPERTY,
    CASE_REASON,
    CASE_MEMBERS
};
const char *case_member_text(enum case_member member); // "desiredValue"

#define CASE_NO_INSTANT INT64_MIN

struct rule_case {
    char *name;
    char *rule;
    json_t *resource;
    int64_t as_of_ms; // CASE_NO_INSTANT when there is none
    enum outcome expected;
    char *evidence[CASE_MEMBERS]; // NULL: any
    char *file;
    char *pointer; // of the case in that file
};

struct rule_case_set {
    struct rule_case *items; // in the order of loading
    size_t count;
    size_t capacity;
};

// Adds the cases of one file's text to the set (which begins as {0}). ERR_INVALID when it is no
// JSON or not of that shape, ERR_LIMIT past LIMIT_CASES or LIMIT_CASE_FILE_BYTES; then nothing was
// added.
enum err_kind rule_case_set_add(struct rule_case_set *set, const char *json, size_t len,
                                const char *file, struct diags *diags, struct err *err);
void rule_case_set_deinit(struct rule_case_set *set);
