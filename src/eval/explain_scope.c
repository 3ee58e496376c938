// SPDX-License-Identifier: MIT
#include "explain_scope.h"

#include "base/mem.h"
#include "base/text.h"
#include "scope.h"

enum {
    SENTENCE_BYTES = 4096,
    QUOTED_BYTES = 128, // of a value
    VALUES_SHOWN = 8,   // of a list; the rest are counted
};

static struct buf *begin(struct buf *sentence)
{
    buf_init(sentence, SENTENCE_BYTES);
    return sentence;
}

static void add_bar(struct explanation *explanation, const char *member, struct buf *take_sentence)
{
    explanation->bars =
        mem_resize(explanation->bars, explanation->bar_count + 1, sizeof(*explanation->bars));
    explanation->bars[explanation->bar_count++] =
        (struct explain_bar){.member = member, .sentence = buf_take(take_sentence)};
}

static void quote(struct buf *out, struct span text)
{
    text_quote(out, text.bytes, text.len, QUOTED_BYTES);
}

// "a", "b" and 3 more
static void append_rest(struct buf *out, size_t count)
{
    if (count > VALUES_SHOWN) {
        (void)buf_append_format(out, " and %zu more", count - VALUES_SHOWN);
    }
}

static void append_list(struct buf *out, const struct text_list *list)
{
    for (size_t i = 0; i < list->count && i < VALUES_SHOWN; i++) {
        (void)buf_append_text(out, i > 0 ? ", " : "");
        quote(out, span_of(list->items[i]));
    }
    append_rest(out, list->count);
}

// A list that has to hold a value of the resource, or must not.
struct include_exclude {
    const char *noun;
    struct span value;
    const struct text_list *include;
    const char *include_member;
    const struct text_list *exclude;
    const char *exclude_member;
};

static void explain_lists(const struct include_exclude *lists, struct explanation *explanation)
{
    struct buf sentence;
    if (lists->include->count > 0 && !scope_list_has(lists->include, lists->value)) {
        (void)buf_append_format(begin(&sentence), "its %s ", lists->noun);
        quote(&sentence, lists->value);
        (void)buf_append_text(&sentence, " is not in the list: ");
        append_list(&sentence, lists->include);
        add_bar(explanation, lists->include_member, &sentence);
    }
    if (scope_list_has(lists->exclude, lists->value)) {
        (void)buf_append_format(begin(&sentence), "its %s ", lists->noun);
        quote(&sentence, lists->value);
        (void)buf_append_text(&sentence, " is in the list");
        add_bar(explanation, lists->exclude_member, &sentence);
    }
}

static void explain_type(const struct rule *rule, const struct record *record,
                         struct explanation *explanation)
{
    if (scope_has_type(rule, record->resource_type)) {
        return;
    }
    struct buf sentence;
    (void)buf_append_text(begin(&sentence), "its type ");
    quote(&sentence, record->resource_type);
    (void)buf_append_text(&sentence, " is not in the list: ");
    append_list(&sentence, &rule->resource_types);
    add_bar(explanation, "resourceTypes", &sentence);
}

static void append_tag(struct buf *out, const struct tag_match *tag)
{
    quote(out, span_of(tag->key));
    if (tag->value != NULL) {
        (void)buf_append_text(out, " with the value ");
        quote(out, span_of(tag->value));
    }
}

// Appends those of the tags that the record has, or has not; their number.
static size_t append_tags(struct buf *out, const struct tag_list *tags, const struct record *record,
                          bool wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < tags->count; i++) {
        if (scope_has_tag(record, &tags->items[i]) != wanted) {
            continue;
        }
        if (count < VALUES_SHOWN) {
            (void)buf_append_text(out, count > 0 ? ", " : "");
            append_tag(out, &tags->items[i]);
        }
        count++;
    }
    append_rest(out, count);
    return count;
}

static void explain_tags(const struct rule_scope *scope, const struct record *record,
                         struct explanation *explanation)
{
    struct buf sentence;
    (void)buf_append_text(begin(&sentence),
                          scope->all_tags ? "it lacks the tag " : "it has none of the tags ");
    size_t lacking = append_tags(&sentence, &scope->tags, record, false);
    if (lacking > 0 && (scope->all_tags || lacking == scope->tags.count)) {
        add_bar(explanation, "scope.tags", &sentence);
    }
    buf_deinit(&sentence);
    (void)buf_append_text(begin(&sentence), "it has the tag ");
    if (append_tags(&sentence, &scope->exclude_tags, record, true) > 0) {
        add_bar(explanation, "scope.excludeTags", &sentence);
    }
    buf_deinit(&sentence);
}

void explain_scope(const struct rule *rule, const struct record *record,
                   struct explanation *explanation)
{
    const struct rule_scope *scope = &rule->scope;
    const struct include_exclude lists[] = {
        {"region", record->region_id, &scope->region_ids, "scope.regionIds",
         &scope->exclude_region_ids, "scope.excludeRegionIds"},
        {"resource group", record->resource_group_id, &scope->resource_group_ids,
         "scope.resourceGroupIds", &scope->exclude_resource_group_ids,
         "scope.excludeResourceGroupIds"},
        {"id", record->resource_id, &scope->resource_ids, "scope.resourceIds",
         &scope->exclude_resource_ids, "scope.excludeResourceIds"},
    };
    explain_type(rule, record, explanation);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        explain_lists(&lists[i], explanation);
    }
    explain_tags(scope, record, explanation);
    bool applies = scope_has_type(rule, record->resource_type) && scope_holds(scope, record);
    ENSURE((explanation->bar_count == 0) == applies);
}
