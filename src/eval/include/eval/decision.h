// SPDX-License-Identifier: MIT
//
// The decisions that every format of a report shares: whether a waiver is needed, whether it takes
// in too much, and what a check item adds to a score. Each is made here and nowhere else; the
// roll-up puts it into the report. Pure. Thread: any.
#pragma once

#include "base/span.h"
#include "domain/report.h"
#include "domain/waiver.h"

#include <stdint.h>

// Whether the waiver is in force and excused nothing. `state` and `used` are filled.
bool eval_waiver_is_unused(const struct report_waiver *waiver);

// Whether the waiver takes in more than somebody can have meant: a pattern of nothing but '*' and
// '?' names nothing, so that it also covers what does not exist yet and nobody has looked at; and
// nobody has looked at all findings of one that excused those of WAIVER_MANY_RULES rules on
// WAIVER_MANY_RESOURCES resources or more. The first reason that holds, in the order of the enum. A
// lapsed waiver is WAIVER_NARROW: it takes in nothing. `waiver`, `state`, `resources` and `rules`
// are filled.
enum waiver_breadth eval_waiver_breadth(const struct report_waiver *waiver);

// What the check item would be if no waiver existed: what was IGNORED is NON_COMPLIANT.
enum outcome eval_outcome_without_waivers(const struct report_item *item);

// Adds one check item to the four scores (domain/report.h has the formula). Only COMPLIANT and
// NON_COMPLIANT items count.
void eval_scores_add(struct scores *scores, const struct report_item *item);
