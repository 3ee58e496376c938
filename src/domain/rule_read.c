// SPDX-License-Identifier: MIT
#include "rule_read.h"

#include "base/mem.h"
#include "base/text.h"
#include "domain/json_list.h"
#include "domain/json_number.h"
#include "domain/suggest.h"

#include <inttypes.h>
#include <string.h>

static const char *const RULE_MEMBERS[] = {
    "id",
    "name",
    "description",
    "remediation",
    "checkItems",
    "resourceTypes",
    "riskLevel",
    "scope",
    "missing",
    "condition",
    "ComplianceConditions",
    "policy_rule",
    "parameters",
    "parameterValues",
};
static const char *const SCOPE_MEMBERS[] = {
    "regionIds",
    "excludeRegionIds",
    "resourceGroupIds",
    "excludeResourceGroupIds",
    "resourceIds",
    "excludeResourceIds",
    "tags",
    "excludeTags",
    "tagLogic",
};
static const char *const TAG_MEMBERS[] = {"key", "value"};
static const char *const MISSING_CHOICES[] = {"vendor", "INSUFFICIENT_DATA"};
static const char *const LOGIC_CHOICES[] = {"OR", "AND"};

bool rule_is_likely(const json_t *object)
{
    for (size_t i = 0; i < ARRAY_LEN(RULE_MEMBERS); i++) {
        if (json_object_get(object, RULE_MEMBERS[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static void list_take(struct text_list *list, char *take_text)
{
    list->items = mem_grow(list->items, &list->capacity, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = take_text;
}

static void list_deinit(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mem_free(&list->items[i]);
    }
    mem_free(&list->items);
    *list = (struct text_list){0};
}

// Elements that are empty or no text are errors and left out.
static void read_texts(struct json_source *source, const struct json_node *object, const char *key,
                       struct text_list *list)
{
    struct json_node array;
    size_t count = json_read_array(source, object, key, &array);
    for (size_t i = 0; i < count; i++) {
        struct json_node node = json_element(&array, i);
        if (json_expect_text(source, &node)) {
            list_take(list, mem_text(json_string_value(node.value)));
        }
    }
}

static bool is_rule_id(const char *id)
{
    size_t len = strlen(id);
    if (len == 0 || len > TEXT_ID_MAX || id[0] == '.' || id[len - 1] == '.') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (id[i] != '.' && !text_is_id(&id[i], 1)) {
            return false;
        }
    }
    return true;
}

// An id that cannot be used is left "" for the set to give one.
static void read_id(struct json_source *source, const struct json_node *object, struct rule *rule)
{
    rule->id = json_read_text(source, object, "id", JSON_REQUIRED);
    if (rule->id[0] != '\0' && !is_rule_id(rule->id)) {
        struct json_node node = json_member(object, "id");
        json_error(source, &node, "value",
                   "%s is no id; 1 to %d letters, digits, '-', '_' and, inside, '.' are right",
                   json_quote(rule->id).text, TEXT_ID_MAX);
        rule->id[0] = '\0';
    }
}

static void take_guess(struct rule *rule, const json_t *value)
{
    if (json_is_string(value) && json_string_length(value) > 0) {
        list_take(&rule->item_uuids, mem_text(json_string_value(value)));
        list_take(&rule->item_names, mem_text(json_string_value(value)));
    }
}

// An item that is wrong, of a rule that is broken for it: whatever text stands there may be what it
// is called. Too much does no harm: only what a pack has is bound, and shown as ERROR.
static void guess_check_item(struct rule *rule, const json_t *item)
{
    const char *key;
    json_t *value;
    take_guess(rule, item);
    json_object_foreach((json_t *)item, key, value)
    {
        take_guess(rule, value);
    }
}

static void read_check_item(struct json_source *source, const struct json_node *node,
                            struct rule *rule)
{
    char *uuid;
    char *name;
    json_read_item_name(source, node, &uuid, &name);
    if (uuid != NULL) {
        list_take(&rule->item_uuids, uuid);
    } else if (name != NULL) {
        list_take(&rule->item_names, name);
    } else {
        guess_check_item(rule, node->value);
    }
}

// A rule with a misspelt "checkItems" is broken, and its check items have to show it.
static struct json_node find_check_items(const struct json_node *object)
{
    struct json_node node = json_member(object, "checkItems");
    const char *key;
    json_t *value;
    json_object_foreach(object->value, key, value)
    {
        const char *nearest = json_is_absent(&node)
                                  ? suggest_nearest(key, RULE_MEMBERS, ARRAY_LEN(RULE_MEMBERS))
                                  : NULL;
        if (nearest != NULL && strcmp(nearest, "checkItems") == 0) {
            node = json_member(object, key);
        }
    }
    return node;
}

static void read_check_items(struct json_source *source, const struct json_node *object,
                             struct rule *rule)
{
    struct json_node list = find_check_items(object);
    bool is_there = !json_is_absent(&list);
    if (is_there && !json_expect_array(source, &list)) {
        guess_check_item(rule, list.value);
        return;
    }
    size_t count = is_there ? json_array_size(list.value) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_node node = json_element(&list, i);
        read_check_item(source, &node, rule);
    }
    if (count == 0 && source->first.kind == ERR_OK) {
        json_warning(source, object, "unbound",
                     "no check item is named in \"checkItems\"; the rule will not be used");
    }
}

static void read_resource_types(struct json_source *source, const struct json_node *object,
                                struct rule *rule)
{
    struct json_node array = json_member(object, "resourceTypes");
    if (json_is_absent(&array)) {
        json_missing(source, object, "resourceTypes");
        return;
    }
    read_texts(source, object, "resourceTypes", &rule->resource_types);
    if (json_is_array(array.value) && json_array_size(array.value) == 0) {
        json_error(source, &array, "empty", "this is empty; at least one resource type is right");
    }
}

static void read_risk(struct json_source *source, const struct json_node *object, struct rule *rule)
{
    int64_t risk = json_read_integer(source, object, "riskLevel", RISK_MEDIUM);
    if (risk < RISK_HIGH || risk > RISK_LOW) {
        struct json_node node = json_member(object, "riskLevel");
        json_error(source, &node, "value",
                   "this is %" PRId64 "; 1 (high), 2 (medium) or 3 (low) is right", risk);
        risk = RISK_MEDIUM;
    }
    rule->risk = (enum risk_level)risk;
}

static void read_tags(struct json_source *source, const struct json_node *object, const char *key,
                      struct tag_list *list)
{
    struct json_node array;
    size_t count = json_read_array(source, object, key, &array);
    list->items = count == 0 ? NULL : mem_alloc(count, sizeof(*list->items));
    for (size_t i = 0; i < count; i++) {
        struct json_node node = json_element(&array, i);
        if (!json_expect_object(source, &node)) {
            continue;
        }
        json_expect_members(source, &node, TAG_MEMBERS, ARRAY_LEN(TAG_MEMBERS));
        struct tag_match *tag = &list->items[list->count++];
        tag->key = json_read_text(source, &node, "key", JSON_REQUIRED);
        // An empty value is a value (a tag without one); only an absent one means any.
        struct json_node value = json_member(&node, "value");
        tag->value =
            json_is_absent(&value) ? NULL : json_read_text(source, &node, "value", JSON_OPTIONAL);
    }
}

static void tags_deinit(struct tag_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mem_free(&list->items[i].key);
        mem_free(&list->items[i].value);
    }
    mem_free(&list->items);
    list->count = 0;
}

static void read_scope(struct json_source *source, const struct json_node *object,
                       struct rule_scope *scope)
{
    struct json_node node = json_member(object, "scope");
    if (json_is_absent(&node) || !json_expect_object(source, &node)) {
        return;
    }
    json_expect_members(source, &node, SCOPE_MEMBERS, ARRAY_LEN(SCOPE_MEMBERS));
    read_texts(source, &node, "regionIds", &scope->region_ids);
    read_texts(source, &node, "excludeRegionIds", &scope->exclude_region_ids);
    read_texts(source, &node, "resourceGroupIds", &scope->resource_group_ids);
    read_texts(source, &node, "excludeResourceGroupIds", &scope->exclude_resource_group_ids);
    read_texts(source, &node, "resourceIds", &scope->resource_ids);
    read_texts(source, &node, "excludeResourceIds", &scope->exclude_resource_ids);
    read_tags(source, &node, "tags", &scope->tags);
    read_tags(source, &node, "excludeTags", &scope->exclude_tags);
    struct json_choices logic = {LOGIC_CHOICES, ARRAY_LEN(LOGIC_CHOICES)};
    scope->all_tags = json_read_choice(source, &node, "tagLogic", logic, 0) == 1;
}

// The vendor's text holds a condition, or an object whose ComplianceConditions holds such a text.
// Returns a reference of the caller's, or NULL after an error.
static json_t *unwrap_conditions(struct json_source *source, const struct json_node *text)
{
    json_t *owner = NULL; // the document that `layer` is part of
    struct json_node layer = *text;
    for (int i = 0; i < RULE_EMBEDDED_LAYERS_MAX && json_text_is(layer.value); i++) {
        json_t *document = json_read_embedded(source, &layer);
        json_decref(owner);
        owner = document;
        if (document == NULL) {
            return NULL;
        }
        json_t *inner = json_object_get(document, RULE_EMBEDDED_MEMBER);
        layer.value = inner != NULL ? inner : document;
    }
    json_t *condition = NULL;
    if (json_expect_object(source, &layer)) {
        condition = json_incref(layer.value);
    }
    json_decref(owner);
    return condition;
}

// The three forms of a condition, of which a rule has one.
static const char *const CONDITION_FORMS[] = {"condition", "ComplianceConditions", "policy_rule"};

static void refuse_condition(struct json_source *source, const struct json_node *object,
                             const char *one, const char *other)
{
    if (other != NULL) {
        json_error(source, object, "condition",
                   "\"%s\" and \"%s\" are both there; one of them is right", one, other);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(CONDITION_FORMS); i++) {
        if (json_is_misspelt(source, object, CONDITION_FORMS[i])) {
            return;
        }
    }
    json_error(source, object, "condition",
               "\"condition\" is missing; it, or \"ComplianceConditions\", or \"policy_rule\", is "
               "required");
}

// The form that the rule has; NULL after an error.
static const char *find_form(struct json_source *source, const struct json_node *object)
{
    const char *found = NULL;
    for (size_t i = 0; i < ARRAY_LEN(CONDITION_FORMS); i++) {
        struct json_node node = json_member(object, CONDITION_FORMS[i]);
        if (json_is_absent(&node)) {
            continue;
        }
        if (found != NULL) {
            refuse_condition(source, object, found, CONDITION_FORMS[i]);
            return NULL;
        }
        found = CONDITION_FORMS[i];
    }
    if (found == NULL) {
        refuse_condition(source, object, NULL, NULL);
    }
    return found;
}

// A reference of the caller's to the object at `key`; NULL when absent or wrong.
static json_t *take_object(struct json_source *source, const struct json_node *object,
                           const char *key)
{
    struct json_node node = json_member(object, key);
    if (json_is_absent(&node) || !json_expect_object(source, &node)) {
        return NULL;
    }
    return json_incref(node.value);
}

// Members that say something to one of the two languages only.
static void refuse_members(struct json_source *source, const struct json_node *object,
                           const char *const *names, size_t count, const char *form)
{
    for (size_t i = 0; i < count; i++) {
        struct json_node node = json_member(object, names[i]);
        if (!json_is_absent(&node)) {
            json_error(source, &node, "form", "\"%s\" says nothing beside \"%s\"; leave it out",
                       names[i], form);
        }
    }
}

static void read_policy(struct json_source *source, const struct json_node *object,
                        struct rule *rule)
{
    static const char *const OTHERS[] = {"missing"};
    rule->policy_rule = take_object(source, object, "policy_rule");
    rule->parameters = take_object(source, object, "parameters");
    rule->parameter_values = take_object(source, object, "parameterValues");
    refuse_members(source, object, OTHERS, ARRAY_LEN(OTHERS), "policy_rule");
}

static void read_condition(struct json_source *source, const struct json_node *object,
                           struct rule *rule)
{
    static const char *const OTHERS[] = {"parameters", "parameterValues"};
    const char *form = find_form(source, object);
    if (form == NULL) {
        return;
    }
    struct json_node node = json_member(object, form);
    rule->condition_pointer = json_node_pointer(&node);
    if (strcmp(form, "policy_rule") == 0) {
        read_policy(source, object, rule);
        return;
    }
    refuse_members(source, object, OTHERS, ARRAY_LEN(OTHERS), form);
    if (strcmp(form, "condition") == 0) {
        rule->condition = json_expect_object(source, &node) ? json_incref(node.value) : NULL;
    } else if (json_text_is(node.value)) {
        rule->condition = unwrap_conditions(source, &node);
    } else {
        json_error(source, &node, "type",
                   "text that holds JSON is right here; a plain condition "
                   "tree goes into \"condition\"");
    }
}

static void read_members(struct json_source *source, const struct json_node *node,
                         struct rule *rule)
{
    struct json_choices missing = {MISSING_CHOICES, ARRAY_LEN(MISSING_CHOICES)};
    json_expect_members(source, node, RULE_MEMBERS, ARRAY_LEN(RULE_MEMBERS));
    read_id(source, node, rule);
    rule->name = json_read_text(source, node, "name", JSON_OPTIONAL);
    rule->description = json_read_text(source, node, "description", JSON_OPTIONAL);
    rule->remediation = json_read_text(source, node, "remediation", JSON_OPTIONAL);
    read_check_items(source, node, rule);
    read_resource_types(source, node, rule);
    read_risk(source, node, rule);
    read_scope(source, node, &rule->scope);
    rule->missing_is_insufficient = json_read_choice(source, node, "missing", missing, 0) == 1;
    read_condition(source, node, rule);
}

void rule_read(struct json_source *source, const struct json_node *node, struct rule *rule)
{
    *rule = (struct rule){
        .file = mem_text(source->file), .pointer = json_node_pointer(node), .risk = RISK_MEDIUM};
    source->first.kind = ERR_OK;
    if (json_expect_object(source, node)) {
        read_members(source, node, rule);
        json_expect_numbers(source, node);
    } else {
        rule->id = mem_text("");
        rule->name = mem_text("");
        rule->description = mem_text("");
        rule->remediation = mem_text("");
    }
    if (rule->condition_pointer == NULL) {
        rule->condition_pointer = mem_text(rule->pointer);
    }
    if (source->first.kind != ERR_OK) {
        rule->broken = true;
        rule->broken_reason = mem_text(source->first.message);
    }
}

static void scope_deinit(struct rule_scope *scope)
{
    list_deinit(&scope->region_ids);
    list_deinit(&scope->exclude_region_ids);
    list_deinit(&scope->resource_group_ids);
    list_deinit(&scope->exclude_resource_group_ids);
    list_deinit(&scope->resource_ids);
    list_deinit(&scope->exclude_resource_ids);
    tags_deinit(&scope->tags);
    tags_deinit(&scope->exclude_tags);
}

void rule_deinit(struct rule *rule)
{
    mem_free(&rule->id);
    mem_free(&rule->name);
    mem_free(&rule->description);
    mem_free(&rule->remediation);
    mem_free(&rule->file);
    mem_free(&rule->pointer);
    list_deinit(&rule->item_uuids);
    list_deinit(&rule->item_names);
    list_deinit(&rule->resource_types);
    scope_deinit(&rule->scope);
    mem_free(&rule->broken_reason);
    json_decref(rule->condition);
    json_decref(rule->policy_rule);
    json_decref(rule->parameters);
    json_decref(rule->parameter_values);
    mem_free(&rule->condition_pointer);
}
