// SPDX-License-Identifier: MIT
//
// Rules that are there twice, scopes that hold nothing, and members that say nothing.
#include "lint_private.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "domain/json_number.h"
#include "domain/json_read.h"
#include "policy_tree.h"
#include "rule_alike.h"
#include "text_set.h"

#include <stdlib.h>
#include <string.h>

enum { QUOTED_BYTES = 60 };

struct check {
    struct lint *lint;
    const struct rule *rule;
    const json_t *json; // the rule as it stands in its file
};

// ---- pointers and quotes

static char *pointer_to(const struct check *check, const char *member)
{
    return mem_format("%s/%s", check->rule->pointer, member);
}

static struct text_quoted quote(const char *text)
{
    return text_quoted_of(span_of(text), QUOTED_BYTES);
}

// ---- rules that judge alike

static void make_texts_below(json_t *tree);

// A text in place of a written number, which json_dumps refuses; NULL in place of anything else.
static json_t *take_text(json_t *value)
{
    if (!json_number_is_written(value)) {
        make_texts_below(value);
        return NULL;
    }
    const struct span number = json_number_text(value);
    return json_stringn_nocheck(number.bytes, number.len);
}

static void make_texts_below(json_t *tree)
{
    for (size_t i = 0; i < json_array_size(tree); i++) {
        json_t *text = take_text(json_array_get(tree, i));
        if (text != NULL) {
            (void)json_array_set_new(tree, i, text);
        }
    }
    for (void *at = json_object_iter(tree); at != NULL; at = json_object_iter_next(tree, at)) {
        json_t *text = take_text(json_object_iter_value(at));
        if (text != NULL) {
            (void)json_object_iter_set_new(tree, at, text);
        }
    }
}

// What has to be equal for two rules to be alike, as a key; free().
static char *judgement_key(const struct rule *rule)
{
    const json_t *tree = rule->condition != NULL ? rule->condition : rule->policy_rule;
    json_t *copy = json_deep_copy(tree);
    make_texts_below(copy);
    char *key = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    ENSURE(key != NULL);
    json_decref(copy);
    return key;
}

static void check_alike(struct lint *lint, size_t index, const json_t *earlier)
{
    const struct rule *rule = &lint->rules->set.rules[index];
    size_t i;
    json_t *position;
    json_array_foreach(earlier, i, position)
    {
        const struct rule *other = &lint->rules->set.rules[json_integer_value(position)];
        if (rule_is_alike(rule, other)) {
            lint_add(
                lint, "lint.rule.repeated", rule, rule->pointer,
                "this rule judges as rule %s does (%s:%zu): same condition, resource types and "
                "scope; one rule can be bound to the check items of both",
                other->id, other->file, lint_line(lint, other->file, other->pointer));
            return;
        }
    }
}

static void check_repeated(struct lint *lint)
{
    json_t *seen = json_object();
    for (size_t i = 0; i < lint->rules->set.count; i++) {
        const struct rule *rule = &lint->rules->set.rules[i];
        if (rule->broken) {
            continue;
        }
        char *key = judgement_key(rule);
        json_t *earlier = json_object_get(seen, key);
        if (earlier == NULL) {
            earlier = json_array();
            (void)json_object_set_new(seen, key, earlier);
        }
        check_alike(lint, i, earlier);
        (void)json_array_append_new(earlier, json_integer((json_int_t)i));
        free(key);
    }
    json_decref(seen);
}

// ---- lists of texts

static void check_list(const struct check *check, const struct text_list *list, const char *member,
                       bool ignores_case)
{
    struct text_set seen;
    text_set_init(&seen, ignores_case);
    for (size_t i = 0; i < list->count; i++) {
        if (!text_set_add(&seen, list->items[i])) {
            char *pointer = mem_format("%s/%s/%zu", check->rule->pointer, member, i);
            lint_add(check->lint, "lint.list.repeated", check->rule, pointer,
                     "%s is in this list already; once is enough", quote(list->items[i]).text);
            mem_free(&pointer);
        }
    }
    text_set_deinit(&seen);
}

// ---- scopes

struct include_exclude {
    const struct text_list *include;
    const char *include_member;
    const struct text_list *exclude;
    const char *exclude_member;
};

static bool are_all_excluded(const struct include_exclude *lists)
{
    struct text_set excluded;
    text_set_init(&excluded, false);
    text_set_add_all(&excluded, lists->exclude);
    size_t count = 0;
    while (count < lists->include->count && text_set_has(&excluded, lists->include->items[count])) {
        count++;
    }
    text_set_deinit(&excluded);
    return count == lists->include->count;
}

// What is excluded of a scope that does not take in everything.
static void report_excluded(const struct check *check, const struct include_exclude *lists)
{
    struct text_set included;
    text_set_init(&included, false);
    text_set_add_all(&included, lists->include);
    for (size_t i = 0; i < lists->exclude->count; i++) {
        const char *text = lists->exclude->items[i];
        char *pointer =
            mem_format("%s/scope/%s/%zu", check->rule->pointer, lists->exclude_member, i);
        if (text_set_has(&included, text)) {
            lint_add(check->lint, "lint.scope.useless", check->rule, pointer,
                     "%s is in %s as well, where it does not count, because exclusion wins",
                     quote(text).text, lists->include_member);
        } else {
            lint_add(check->lint, "lint.scope.useless", check->rule, pointer,
                     "%s need not be excluded, because %s does not list it", quote(text).text,
                     lists->include_member);
        }
        mem_free(&pointer);
    }
    text_set_deinit(&included);
}

static void check_excluded(const struct check *check, const struct include_exclude *lists)
{
    if (lists->include->count == 0) {
        return;
    }
    if (!are_all_excluded(lists)) {
        report_excluded(check, lists);
        return;
    }
    char *pointer = mem_format("%s/scope/%s", check->rule->pointer, lists->include_member);
    lint_add(
        check->lint, "lint.scope.dead", check->rule, pointer,
        "no resource is in this scope: all that %s lists is excluded by %s, and exclusion wins",
        lists->include_member, lists->exclude_member);
    mem_free(&pointer);
}

// How a tag stands in a set; without a value, when any will do.
static char *tag_text(const struct tag_match *tag, const char *value)
{
    return value == NULL ? mem_format("-%s", tag->key)
                         : mem_format("%zu-%s%s", strlen(tag->key), tag->key, value);
}

static bool add_tag(struct text_set *tags, const struct tag_match *tag, const char *value)
{
    char *text = tag_text(tag, value);
    bool is_new = text_set_add(tags, text);
    mem_free(&text);
    return is_new;
}

static bool has_tag(const struct text_set *tags, const struct tag_match *tag, const char *value)
{
    char *text = tag_text(tag, value);
    bool has = text_set_has(tags, text);
    mem_free(&text);
    return has;
}

// The tags of which everything that has them has an excluded one.
static size_t count_excluded(const struct rule_scope *scope)
{
    size_t count = 0;
    struct text_set excluded;
    text_set_init(&excluded, false);
    for (size_t i = 0; i < scope->exclude_tags.count; i++) {
        const struct tag_match *tag = &scope->exclude_tags.items[i];
        (void)add_tag(&excluded, tag, tag->value);
    }
    for (size_t i = 0; i < scope->tags.count; i++) {
        const struct tag_match *tag = &scope->tags.items[i];
        count += has_tag(&excluded, tag, NULL) || has_tag(&excluded, tag, tag->value) ? 1 : 0;
    }
    text_set_deinit(&excluded);
    return count;
}

static void report_tags(const struct check *check, const char *why)
{
    char *pointer = pointer_to(check, "scope/tags");
    lint_add(check->lint, "lint.scope.dead", check->rule, pointer,
             "no resource is in this scope: %s", why);
    mem_free(&pointer);
}

static bool tags_are_two_values(const struct tag_list *tags)
{
    bool are_two = false;
    struct text_set valued; // keys with some value, and with this one
    text_set_init(&valued, false);
    for (size_t i = 0; i < tags->count && !are_two; i++) {
        const struct tag_match *tag = &tags->items[i];
        if (tag->value != NULL) {
            bool is_new_key = add_tag(&valued, tag, NULL);
            are_two = add_tag(&valued, tag, tag->value) && !is_new_key;
        }
    }
    text_set_deinit(&valued);
    return are_two;
}

static void check_tags(const struct check *check)
{
    const struct rule_scope *scope = &check->rule->scope;
    size_t excluded = count_excluded(scope);
    if (scope->all_tags && tags_are_two_values(&scope->tags)) {
        report_tags(check, "with tagLogic AND it wants two values of one tag");
    } else if (excluded > 0 && (scope->all_tags || excluded == scope->tags.count)) {
        report_tags(check, scope->all_tags
                               ? "it wants a tag that excludeTags excludes, and exclusion wins"
                               : "all that tags lists is excluded by excludeTags, and exclusion "
                                 "wins");
    }
}

// ---- members without effect

static void report_useless(const struct check *check, const char *member, const char *why)
{
    char *pointer = pointer_to(check, member);
    lint_add(check->lint, "lint.member.useless", check->rule, pointer, "this has no effect: %s",
             why);
    mem_free(&pointer);
}

static void check_scope_members(const struct check *check)
{
    json_t *scope = json_object_get(check->json, "scope");
    const char *name;
    json_t *value;
    json_object_foreach(scope, name, value)
    {
        if (json_is_array(value) && json_array_size(value) == 0) {
            char *member = mem_format("scope/%s", name);
            report_useless(check, member, "an empty list does not restrict the scope");
            mem_free(&member);
        }
    }
    if (json_object_get(scope, "tagLogic") != NULL && check->rule->scope.tags.count <= 1) {
        report_useless(check, "scope/tagLogic",
                       "it says how several tags are joined, and there are not several");
    }
}

static void check_quantifiers(const struct check *check, const json_t *node,
                              const struct explain_node *outline)
{
    if (outline->quantifier == NULL && json_object_get(node, "quantifier") != NULL) {
        char *pointer = mem_format("%s/quantifier", outline->pointer);
        lint_add(check->lint, "lint.member.useless", check->rule, pointer,
                 "this has no effect: all values have to pass without it as well");
        mem_free(&pointer);
    }
    const json_t *children = json_object_get(node, "children");
    for (size_t i = 0; i < outline->count; i++) {
        check_quantifiers(check, json_array_get(children, i), &outline->children[i]);
    }
}

// ---- parameters of a policy_rule

static bool expression_uses(const struct policy_expression *expression, const char *parameter)
{
    if (expression == NULL) {
        return false;
    }
    if (expression->function == POLICY_PARAMETERS) {
        return strcmp(expression->arguments[0]->text, parameter) == 0;
    }
    for (size_t i = 0; i < expression->argument_count; i++) {
        if (expression_uses(expression->arguments[i], parameter)) {
            return true;
        }
    }
    return false;
}

static bool policy_uses(const struct policy *policy, const char *parameter)
{
    bool uses = expression_uses(policy->value.expression, parameter) ||
                expression_uses(policy->pattern.expression, parameter);
    for (size_t i = 0; i < policy->count && !uses; i++) {
        uses = policy_uses(policy->children[i], parameter);
    }
    return uses;
}

static void check_parameters(const struct check *check, const struct policy *policy)
{
    const char *name;
    json_t *definition;
    json_object_foreach(check->rule->parameters, name, definition)
    {
        if (!policy_uses(policy, name)) {
            struct buf member;
            buf_init(&member, LIMIT_RULE_FILE_BYTES);
            (void)buf_append_text(&member, "parameters");
            json_pointer_append(&member, name);
            report_useless(check, buf_text(&member),
                           "no template of the policy_rule asks for this parameter");
            buf_deinit(&member);
        }
    }
}

// ---- all of it

static void check_lists(const struct check *check)
{
    const struct rule_scope *scope = &check->rule->scope;
    const struct include_exclude lists[] = {
        {&scope->region_ids, "regionIds", &scope->exclude_region_ids, "excludeRegionIds"},
        {&scope->resource_group_ids, "resourceGroupIds", &scope->exclude_resource_group_ids,
         "excludeResourceGroupIds"},
        {&scope->resource_ids, "resourceIds", &scope->exclude_resource_ids, "excludeResourceIds"},
    };
    check_list(check, &check->rule->resource_types, "resourceTypes", true);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        char *include = mem_format("scope/%s", lists[i].include_member);
        char *exclude = mem_format("scope/%s", lists[i].exclude_member);
        check_list(check, lists[i].include, include, false);
        check_list(check, lists[i].exclude, exclude, false);
        check_excluded(check, &lists[i]);
        mem_free(&include);
        mem_free(&exclude);
    }
}

static void check_rule(struct lint *lint, size_t index)
{
    const struct rule *rule = &lint->rules->set.rules[index];
    const struct check check = {.lint = lint, .rule = rule, .json = lint_rule_json(lint, rule)};
    check_lists(&check);
    check_tags(&check);
    check_scope_members(&check);
    if (lint->rules->policies[index] != NULL) {
        check_parameters(&check, lint->rules->policies[index]);
    } else {
        check_quantifiers(&check, rule->condition, lint->outlines[index]);
    }
}

void lint_check_rules(struct lint *lint)
{
    for (size_t i = 0; i < lint->rules->set.count; i++) {
        if (!lint->rules->set.rules[i].broken) {
            check_rule(lint, i);
        }
    }
    check_repeated(lint);
}
