// SPDX-License-Identifier: MIT
//
// An explanation as people and programs see it. Private to cli. Thread: main.
#pragma once

#include "base/buf.h"
#include "eval/explain.h"
#include "style.h"

#include <jansson.h>

// An indented tree: a mark for each node, what was wanted, what was found, and why not.
void explain_view_text(const struct explanation *explanation, struct style style, struct buf *out);

// ComplianceType and RuleConditionContext as DryRunConfigRule answers them, and members of ours. A
// new reference.
json_t *explain_view_json(const struct explanation *explanation, int64_t as_of_ms);

// "$.port Equals 22", of a condition of a policy_rule "${…} equals x": a clause in one line.
void explain_view_clause(const struct explain_node *node, struct buf *out);
