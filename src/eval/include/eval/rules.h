// SPDX-License-Identifier: MIT
//
// A rule set with its conditions compiled. Thread: read-only once made, and shared.
#pragma once

#include "domain/diag.h"
#include "domain/rule.h"
#include "domain/waiver.h"

struct eval_rules;

// Compiles the conditions of a rule set, once for any number of packs. Takes the content of
// `take_set` (which is empty afterwards). A rule whose condition does not compile is marked broken,
// with a diagnostic at its JSON pointer; that is no failure: its check items become ERROR and the
// others go on.
struct eval_rules *eval_rules_create(struct rule_set *take_set, struct diags *diags);
void eval_rules_destroy(struct eval_rules **rules);
const struct rule_set *eval_rules_set(const struct eval_rules *rules);
// Warns of each waiver that excuses nothing because no rule of the set is called what it says, or
// none fits its pattern ("waiver.rule.unknown", with the nearest id).
void eval_rules_check_waivers(const struct eval_rules *rules, const struct waiver_set *waivers,
                              struct diags *diags);
