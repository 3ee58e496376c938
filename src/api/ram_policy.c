// SPDX-License-Identifier: MIT
#include "ram_policy.h"

#include "base/mem.h"
#include "base/pattern.h"
#include "base/text.h"
#include "ram_condition.h"
#include "ram_texts.h"

#include <string.h>

struct statement {
    bool is_deny;
    bool is_not_action;
    struct ram_texts actions; // in lower case
    struct ram_texts resources;
    struct ram_conditions conditions;
};

struct ram_policies {
    struct statement *items; // of all policies
    size_t count;
    size_t capacity;
};

static void lower(char *text)
{
    for (; *text != '\0'; text++) {
        *text = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
    }
}

// A text and where it stands: the member itself, or an element of it.
static struct json_node text_node(const struct json_node *member, size_t index)
{
    return json_is_array(member->value) ? json_element(member, index) : *member;
}

// An action without a service would never match, and an Allow or Deny with it would do nothing.
static void check_actions(struct json_source *source, const struct json_node *member,
                          struct ram_texts *actions)
{
    for (size_t i = 0; i < actions->count; i++) {
        if (strpbrk(actions->items[i], ":*") == NULL) {
            struct json_node node = text_node(member, i);
            json_error(source, &node, "policy.action",
                       "%s is no action; \"config:GetCompliancePackReport\" or a pattern as "
                       "\"config:*\" is right",
                       json_quote(actions->items[i]).text);
        }
        lower(actions->items[i]);
    }
}

static void check_resources(struct json_source *source, const struct json_node *member,
                            const struct ram_texts *resources)
{
    for (size_t i = 0; i < resources->count; i++) {
        const char *text = resources->items[i];
        if (text[0] != '*' && text[0] != '?' && !text_starts_with(text, "acs:")) {
            struct json_node node = text_node(member, i);
            json_error(source, &node, "policy.resource",
                       "%s is no resource; \"*\" or a pattern as "
                       "\"acs:config:*:100000000000001:*\" is right",
                       json_quote(text).text);
        }
    }
}

// Checks count only when every text was read: the indexes agree with the array's then.
static void read_actions(struct json_source *source, const struct json_node *node,
                         struct statement *statement)
{
    struct json_node action = json_member(node, "Action");
    struct json_node not_action = json_member(node, "NotAction");
    if (action.value != NULL && not_action.value != NULL) {
        json_error(source, node, "policy.action",
                   "\"Action\" and \"NotAction\" are both there; one of them is right");
        return;
    }
    statement->is_not_action = not_action.value != NULL;
    const struct json_node *member = statement->is_not_action ? &not_action : &action;
    if (member->value == NULL) {
        json_missing(source, node, "Action");
        return;
    }
    size_t errors_before = source->errors;
    ram_texts_read(source, member, &statement->actions);
    if (source->errors == errors_before) {
        check_actions(source, member, &statement->actions);
    }
}

static void read_resources(struct json_source *source, const struct json_node *node,
                           struct statement *statement)
{
    struct json_node member = json_member(node, "Resource");
    if (member.value == NULL) {
        json_missing(source, node, "Resource");
        return;
    }
    size_t errors_before = source->errors;
    ram_texts_read(source, &member, &statement->resources);
    if (source->errors == errors_before) {
        check_resources(source, &member, &statement->resources);
    }
}

static void expect_members(struct json_source *source, const struct json_node *node,
                           struct json_choices names)
{
    json_expect_members(source, node, names.texts, names.count);
    json_expect_no_nulls(source, node);
}

static void read_statement(struct json_source *source, const struct json_node *node,
                           struct ram_policies *policies)
{
    static const char *const MEMBERS[] = {"Effect", "Action", "NotAction", "Resource", "Condition"};
    static const char *const EFFECTS[] = {"Allow", "Deny"};
    if (!json_expect_object(source, node)) {
        return;
    }
    expect_members(source, node, (struct json_choices){MEMBERS, ARRAY_LEN(MEMBERS)});
    policies->items = mem_grow(policies->items, &policies->capacity, policies->count + 1,
                               sizeof(*policies->items));
    struct statement *statement = &policies->items[policies->count++];
    *statement = (struct statement){0};
    if (json_object_get(node->value, "Effect") == NULL) {
        json_missing(source, node, "Effect");
    }
    struct json_choices effects = {EFFECTS, ARRAY_LEN(EFFECTS)};
    statement->is_deny = json_read_choice(source, node, "Effect", effects, 1) == 1;
    read_actions(source, node, statement);
    read_resources(source, node, statement);
    struct json_node condition = json_member(node, "Condition");
    if (!json_is_absent(&condition)) { // null is an error already
        ram_conditions_read(source, &condition, &statement->conditions);
    }
}

static void read_policy(struct json_source *source, const struct json_node *node,
                        struct ram_policies *policies)
{
    static const char *const MEMBERS[] = {"Version", "Statement"};
    static const char *const VERSIONS[] = {"1"};
    if (!json_expect_object(source, node)) {
        return;
    }
    expect_members(source, node, (struct json_choices){MEMBERS, ARRAY_LEN(MEMBERS)});
    if (json_object_get(node->value, "Version") == NULL) {
        json_missing(source, node, "Version");
    }
    (void)json_read_choice(source, node, "Version",
                           (struct json_choices){VERSIONS, ARRAY_LEN(VERSIONS)}, 0);
    if (json_object_get(node->value, "Statement") == NULL) {
        json_missing(source, node, "Statement");
        return;
    }
    struct json_node statements;
    size_t count = json_read_array(source, node, "Statement", &statements);
    if (count > RAM_STATEMENTS_MAX) {
        json_limit_error(source, &statements, "statements", RAM_STATEMENTS_MAX);
        return;
    }
    if (json_is_array(statements.value) && count == 0) {
        json_error(source, &statements, "empty", "this is empty; one statement or more are right");
    }
    for (size_t i = 0; i < count; i++) {
        struct json_node statement = json_element(&statements, i);
        read_statement(source, &statement, policies);
    }
}

struct ram_policies *ram_policies_read(struct json_source *source, const struct json_node *policies)
{
    size_t errors_before = source->errors;
    if (!json_expect_array(source, policies)) {
        return NULL;
    }
    size_t count = json_array_size(policies->value);
    if (count > RAM_POLICIES_MAX) {
        json_limit_error(source, policies, "policies", RAM_POLICIES_MAX);
        return NULL;
    }
    struct ram_policies *read = mem_alloc(1, sizeof(*read));
    for (size_t i = 0; i < count; i++) {
        struct json_node policy = json_element(policies, i);
        read_policy(source, &policy, read);
    }
    if (source->errors != errors_before) {
        ram_policies_destroy(&read);
    }
    return read;
}

void ram_policies_destroy(struct ram_policies **policies)
{
    if (*policies == NULL) {
        return;
    }
    for (size_t i = 0; i < (*policies)->count; i++) {
        ram_texts_deinit(&(*policies)->items[i].actions);
        ram_texts_deinit(&(*policies)->items[i].resources);
        ram_conditions_deinit(&(*policies)->items[i].conditions);
    }
    mem_free(&(*policies)->items);
    mem_free(policies);
}

static bool any_matches(const struct ram_texts *patterns, const char *text)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (pattern_matches(patterns->items[i], span_of(text))) {
            return true;
        }
    }
    return false;
}

static bool names_resource(const struct statement *statement, const struct ram_request *request)
{
    for (size_t i = 0; i < request->resource_count; i++) {
        if (any_matches(&statement->resources, request->resources[i])) {
            return true;
        }
    }
    return false;
}

enum ram_decision ram_policies_decide(const struct ram_policies *policies,
                                      const struct ram_request *request)
{
    struct ram_facts facts;
    ram_facts_init(&facts, request);
    char *action = mem_text(request->action);
    lower(action);
    enum ram_decision decision = RAM_IMPLICIT_DENY;
    for (size_t i = 0; i < policies->count && decision != RAM_EXPLICIT_DENY; i++) {
        const struct statement *statement = &policies->items[i];
        if (any_matches(&statement->actions, action) != statement->is_not_action &&
            names_resource(statement, request) &&
            ram_conditions_are_met(&statement->conditions, &facts)) {
            decision = statement->is_deny ? RAM_EXPLICIT_DENY : RAM_ALLOWED;
        }
    }
    mem_free(&action);
    return decision;
}
