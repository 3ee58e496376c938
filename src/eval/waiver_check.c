// SPDX-License-Identifier: MIT
#include "eval/evaluator.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "base/text.h"
#include "domain/suggest.h"
#include "rules.h"

#include <string.h>

enum { QUOTED_MAX = 64 };

struct check {
    const struct rule_set *set;
    const char **ids; // those that rules were given by their authors
    size_t id_count;
    const struct waiver_set *waivers;
    struct diags *diags;
};

// A rule without an id of its own is called by its file, which nobody means to write.
static void list_ids(struct check *check)
{
    check->ids = mem_alloc(check->set->count, sizeof(*check->ids));
    for (size_t i = 0; i < check->set->count; i++) {
        if (strchr(check->set->rules[i].id, '#') == NULL) {
            check->ids[check->id_count++] = check->set->rules[i].id;
        }
    }
}

static bool fits_any_rule(const struct rule_set *set, const char *pattern)
{
    if (pattern_is_exact(pattern)) {
        return rule_set_find(set, pattern) != NULL;
    }
    for (size_t i = 0; i < set->count; i++) {
        if (pattern_matches(pattern, span_of(set->rules[i].id))) {
            return true;
        }
    }
    return false;
}

static const char *nearest_id(const struct check *check, const char *rule)
{
    // The text of a warning past the limit is not kept: nothing is searched for it.
    bool is_kept = check->diags->count < LIMIT_DIAGNOSTICS;
    return is_kept && pattern_is_exact(rule) ? suggest_nearest(rule, check->ids, check->id_count)
                                             : NULL;
}

static void warn(const struct check *check, const struct waiver *waiver)
{
    char *pointer = mem_format("%s/rule", waiver->pointer);
    const char *nearest = nearest_id(check, waiver->rule);
    const struct diag_place place = {.file = check->waivers->file, .pointer = pointer};
    diags_add(check->diags, DIAG_WARNING, "waiver.rule.unknown", place,
              "waiver %s excuses nothing: no rule %s %s%s%s%s",
              text_quoted_of(span_of(waiver->id), QUOTED_MAX).text,
              pattern_is_exact(waiver->rule) ? "has the id" : "has an id that fits",
              text_quoted_of(span_of(waiver->rule), QUOTED_MAX).text,
              nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
              nearest != NULL ? "\"?" : "");
    mem_free(&pointer);
}

void eval_rules_check_waivers(const struct eval_rules *rules, const struct waiver_set *waivers,
                              struct diags *diags)
{
    struct check check = {.set = &rules->set, .waivers = waivers, .diags = diags};
    list_ids(&check);
    for (size_t i = 0; i < waivers->count; i++) {
        if (!fits_any_rule(check.set, waivers->items[i].rule)) {
            warn(&check, &waivers->items[i]);
        }
    }
    mem_free(&check.ids);
}
