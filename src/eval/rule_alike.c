// SPDX-License-Identifier: MIT
#include "rule_alike.h"

#include "base/text.h"
#include "text_set.h"

#include <string.h>

// The order of a list says nothing, and neither does how often a text is in it.
static bool list_has(const struct text_list *list, const char *text, bool ignores_case)
{
    for (size_t i = 0; i < list->count; i++) {
        if (ignores_case ? text_equals_ignore_case(list->items[i], text)
                         : strcmp(list->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static bool holds_each(const struct text_list *list, const struct text_list *of, bool ignores_case)
{
    for (size_t i = 0; i < of->count; i++) {
        if (!list_has(list, of->items[i], ignores_case)) {
            return false;
        }
    }
    return true;
}

static bool holds_all(const struct text_list *list, const struct text_list *of, bool ignores_case)
{
    enum { FEW = 16 };
    if (list->count <= FEW) {
        return holds_each(list, of, ignores_case);
    }
    struct text_set set;
    text_set_init(&set, ignores_case);
    text_set_add_all(&set, list);
    size_t held = 0;
    while (held < of->count && text_set_has(&set, of->items[held])) {
        held++;
    }
    text_set_deinit(&set);
    return held == of->count;
}

static bool lists_alike(const struct text_list *a, const struct text_list *b, bool ignores_case)
{
    return holds_all(a, b, ignores_case) && holds_all(b, a, ignores_case);
}

static bool texts_alike(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool tags_alike(const struct tag_list *a, const struct tag_list *b)
{
    bool is_alike = a->count == b->count;
    for (size_t i = 0; is_alike && i < a->count; i++) {
        is_alike = texts_alike(a->items[i].key, b->items[i].key) &&
                   texts_alike(a->items[i].value, b->items[i].value);
    }
    return is_alike;
}

static bool scopes_alike(const struct rule_scope *a, const struct rule_scope *b)
{
    return lists_alike(&a->region_ids, &b->region_ids, false) &&
           lists_alike(&a->exclude_region_ids, &b->exclude_region_ids, false) &&
           lists_alike(&a->resource_group_ids, &b->resource_group_ids, false) &&
           lists_alike(&a->exclude_resource_group_ids, &b->exclude_resource_group_ids, false) &&
           lists_alike(&a->resource_ids, &b->resource_ids, false) &&
           lists_alike(&a->exclude_resource_ids, &b->exclude_resource_ids, false) &&
           tags_alike(&a->tags, &b->tags) && tags_alike(&a->exclude_tags, &b->exclude_tags) &&
           (a->all_tags == b->all_tags || a->tags.count <= 1);
}

static bool trees_alike(const json_t *a, const json_t *b)
{
    return a == NULL || b == NULL ? a == b : json_equal(a, b) == 1;
}

bool rule_is_alike(const struct rule *a, const struct rule *b)
{
    return trees_alike(a->condition, b->condition) && trees_alike(a->policy_rule, b->policy_rule) &&
           trees_alike(a->parameters, b->parameters) &&
           trees_alike(a->parameter_values, b->parameter_values) &&
           a->missing_is_insufficient == b->missing_is_insufficient &&
           lists_alike(&a->resource_types, &b->resource_types, true) &&
           scopes_alike(&a->scope, &b->scope);
}
