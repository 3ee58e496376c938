// SPDX-License-Identifier: MIT
#include "scope.h"

bool scope_list_has(const struct text_list *list, struct span text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (span_equals_text(text, list->items[i])) {
            return true;
        }
    }
    return false;
}

static bool is_open_to(const struct text_list *include, const struct text_list *exclude,
                       struct span text)
{
    return (include->count == 0 || scope_list_has(include, text)) && !scope_list_has(exclude, text);
}

bool scope_has_tag(const struct record *record, const struct tag_match *tag)
{
    if (!value_exists(record->tags)) {
        return false;
    }
    struct value value = value_member(record->tags, tag->key, strlen(tag->key));
    return value_exists(value) &&
           (tag->value == NULL || span_equals_text(value_text(value), tag->value));
}

static size_t count_tags(const struct record *record, const struct tag_list *tags)
{
    size_t found = 0;
    for (size_t i = 0; i < tags->count; i++) {
        found += scope_has_tag(record, &tags->items[i]) ? 1 : 0;
    }
    return found;
}

static bool tags_fit(const struct rule_scope *scope, const struct record *record)
{
    size_t found = count_tags(record, &scope->tags);
    bool is_included =
        scope->tags.count == 0 || (scope->all_tags ? found == scope->tags.count : found > 0);
    return is_included && count_tags(record, &scope->exclude_tags) == 0;
}

bool scope_has_type(const struct rule *rule, struct span resource_type)
{
    for (size_t i = 0; i < rule->resource_types.count; i++) {
        if (span_equals_ignore_case(span_of(rule->resource_types.items[i]), resource_type)) {
            return true;
        }
    }
    return false;
}

bool scope_is_open(const struct rule_scope *scope)
{
    const struct text_list *lists[] = {
        &scope->region_ids,         &scope->exclude_region_ids,
        &scope->resource_group_ids, &scope->exclude_resource_group_ids,
        &scope->resource_ids,       &scope->exclude_resource_ids,
    };
    size_t entries = scope->tags.count + scope->exclude_tags.count;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        entries += lists[i]->count;
    }
    return entries == 0;
}

bool scope_holds(const struct rule_scope *scope, const struct record *record)
{
    return is_open_to(&scope->region_ids, &scope->exclude_region_ids, record->region_id) &&
           is_open_to(&scope->resource_group_ids, &scope->exclude_resource_group_ids,
                      record->resource_group_id) &&
           is_open_to(&scope->resource_ids, &scope->exclude_resource_ids, record->resource_id) &&
           tags_fit(scope, record);
}
