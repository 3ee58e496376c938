// SPDX-License-Identifier: MIT
//
// Which waiver excuses a finding: the first of the file that is in force and whose patterns fit the
// rule and the resource. Most waivers of a large file name one rule and one resource, and are found
// in a number of steps that grows with the logarithm of their number. Those with a pattern are
// tried one after the other: with one for resources, those that name the rule of the finding; with
// one for rules, those that name its resource; with two, all. Private to the room. Thread: read-only
// once made.
#pragma once

#include "base/span.h"
#include "domain/waiver.h"

#include <stdint.h>

struct waiver_index;

// Borrows the waivers; NULL makes an index of none.
struct waiver_index *waiver_index_create(const struct waiver_set *waivers, int64_t as_of_ms);
void waiver_index_destroy(struct waiver_index **index);

// NULL when there is none.
const struct waiver *waiver_index_find(const struct waiver_index *index, const char *rule_id,
                                       struct span resource_id);
