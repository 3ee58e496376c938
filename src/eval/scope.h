// SPDX-License-Identifier: MIT
//
// Which resources a rule is about: resource type and scope. Pure. Thread: any.
#pragma once

#include "domain/rule.h"
#include "record.h"

#include <stdbool.h>

// Whether the rule names the record's resource type (ASCII letter case aside).
bool scope_has_type(const struct rule *rule, struct span resource_type);

// Whether the scope holds every record.
bool scope_is_open(const struct rule_scope *scope);

// Whether the scope holds the record. Each list of the scope that is not empty has to fit; within a
// list one entry suffices, with tagLogic AND all tags have to fit. One entry of an exclude list
// suffices to leave the record out, whatever the other lists say. Ids, regions and tags are
// compared exactly.
bool scope_holds(const struct rule_scope *scope, const struct record *record);

// The parts that it is decided by: whether a list holds a text, and a record has a tag.
bool scope_list_has(const struct text_list *list, struct span text);
bool scope_has_tag(const struct record *record, const struct tag_match *tag);
