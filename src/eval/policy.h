// SPDX-License-Identifier: MIT
//
// Rules in Huawei Config's language (huawei-secmaster.md 4.3): compiled once, judged on any number
// of records. A rule describes the violation.
//
// allOf and anyOf look at their members in the order of the list and stop at the first that
// decides. What the vendor leaves open is ours: a path that finds nothing and a type mismatch are
// unknown, and unknown travels as in Kleene's logic. resource() is the record: provider and type
// from the resourceType "provider.type" (letter case of these two is ignored by equals and in),
// tags ({} when there are none), properties from configuration, id, name, region_id and ep_id from
// resourceId, resourceName, regionId and resourceGroupId, anything else from the record's member of
// that name. Pure. Thread: a compiled policy is read-only and may be used by any number of threads.
#pragma once

#include "clause.h"

struct policy;

// Compiles rule->policy_rule. NULL when that is NULL or does not compile; then the rule is broken
// and each fault is a diagnostic. `strict_vendor` refuses comparators that no published rule has.
// The policy borrows from the rule.
struct policy *policy_compile(struct rule *rule, bool strict_vendor, struct diags *diags);
void policy_destroy(struct policy **policy);

// Whether the record violates the rule. Unless it is known not to, evidence (reset before) quotes
// the condition that decided: of an allOf the last, of an anyOf the first; of an unknown one the
// first that is unknown. `evidence` may be NULL.
enum truth policy_judge(const struct policy *policy, const struct subject *subject,
                        struct evidence *evidence);
