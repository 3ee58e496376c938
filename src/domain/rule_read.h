// SPDX-License-Identifier: MIT
//
// Reading one rule from its JSON object, and what a rule holds freed again.
#pragma once

#include "domain/json_read.h"
#include "domain/rule.h"

// The vendor's text holds a condition, or an object whose member of this name holds such a text,
// and so on, this many layers deep; the vendor's samples have two.
#define RULE_EMBEDDED_MEMBER "ComplianceConditions"
enum { RULE_EMBEDDED_LAYERS_MAX = 3 };

// Fills `rule` (all but the uniqueness of the id, which the set knows). Errors break it.
void rule_read(struct json_source *source, const struct json_node *node, struct rule *rule);
void rule_deinit(struct rule *rule);

// True when the object has at least one member that a rule may have.
bool rule_is_likely(const json_t *object);
