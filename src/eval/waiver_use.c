// SPDX-License-Identifier: MIT
#include "waiver_use.h"

static void add_rule(struct waiver_use *use, size_t rule)
{
    for (unsigned i = 0; i < use->rule_count; i++) {
        if (use->rules[i] == rule) {
            return;
        }
    }
    if (use->rule_count < WAIVER_MANY_RULES) {
        use->rules[use->rule_count++] = rule;
    }
}

void waiver_use_count(struct waiver_use *use, size_t rule, uint64_t record)
{
    REQUIRE(record >= use->last_record && record > 0);
    use->findings++;
    use->resources += record > use->last_record ? 1 : 0;
    use->last_record = record;
    add_rule(use, rule);
}

void waiver_use_merge(struct waiver_use *into, const struct waiver_use *from)
{
    into->findings += from->findings;
    into->resources += from->resources;
    for (unsigned i = 0; i < from->rule_count; i++) {
        add_rule(into, from->rules[i]);
    }
}
