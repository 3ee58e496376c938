// SPDX-License-Identifier: MIT
//
// The two decisions that every format of a report shares: which waiver excuses a finding, and what
// a check item adds to a score. Each is made here and nowhere else. Pure. Thread: any.
#pragma once

#include "base/span.h"
#include "domain/report.h"
#include "domain/waiver.h"

#include <stdint.h>

// The first waiver of the set that is in force at `as_of_ms` and whose patterns fit the rule and
// the resource; NULL when there is none. `waivers` may be NULL.
const struct waiver *eval_waiver_for(const struct waiver_set *waivers, const char *rule_id,
                                     struct span resource_id, int64_t as_of_ms);

// What the check item would be if no waiver existed: what was IGNORED is NON_COMPLIANT.
enum outcome eval_outcome_without_waivers(const struct report_item *item);

// Adds one check item to the four scores (domain/report.h has the formula). Only COMPLIANT and
// NON_COMPLIANT items count.
void eval_scores_add(struct scores *scores, const struct report_item *item);
