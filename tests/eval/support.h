// SPDX-License-Identifier: MIT
//
// Short ways to a rule, a record and an outcome for the tests of eval.
#pragma once

#include "domain/diag.h"
#include "domain/finding.h"
#include "eval/evaluator.h"

#include <stddef.h>
#include <stdint.h>

// One rule "r" for resource type "t" with the given condition (JSON), and whatever else `members`
// holds (`"missing": "…",` with the comma, or "").
struct eval_rules *support_rule(const char *condition, const char *members, struct diags *diags);
// The same, and it has to compile.
struct eval_rules *support_good_rule(const char *condition, const char *members);

// The instant that records are judged at: 2026-11-21T00:00:00Z.
#define SUPPORT_AS_OF_MS INT64_C(1795219200000)

// Judges a record of type "t" with this configuration (JSON). `evidence` may be NULL.
enum outcome support_judge(const struct eval_rules *rules, const char *configuration,
                           struct evidence *evidence);
// As above, with the whole record's text.
enum outcome support_judge_record(const struct eval_rules *rules, const char *record,
                                  struct evidence *evidence);

// A clause on $.v of the configuration, as JSON to be freed with mem_free. `desired` is JSON, NULL
// for none.
char *support_clause(const char *operator_name, const char *desired);

// 'T', 'F' or 'U' for what a condition gives on a configuration.
char support_truth(const char *condition, const char *members, const char *configuration);

// One formatted diagnostic a line.
char *support_diags_text(const struct diags *diags);
