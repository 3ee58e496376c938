// SPDX-License-Identifier: MIT
//
// Reading one rule from its JSON object, and what a rule holds freed again.
#pragma once

#include "domain/rule.h"
#include "json_read.h"

// Fills `rule` (all but the uniqueness of the id, which the set knows). Errors break it.
void rule_read(struct json_source *source, const struct json_node *node, struct rule *rule);
void rule_deinit(struct rule *rule);

// True when the object has at least one member that a rule may have.
bool rule_is_likely(const json_t *object);
