// SPDX-License-Identifier: MIT
#include "policy.h"
#include "policy_parameters.h"
#include "policy_tree.h"
#include "value.h"

#include <string.h>

static const char VIOLATED[] =
    "the condition of the policy rule, which describes a violation, holds";
static const char NOT_FOUND[] = "a value of the condition was not found in the resource";
static const char NOT_COMPARABLE[] = "the values are of types that the comparator does not compare";

// One judgement on its way.
struct judging {
    const struct rule *rule;
    json_t *resource; // what resource() gives
    json_t *made;     // array that owns the values of functions until the end
};

// The verdict, and the condition that decided it.
struct verdict {
    enum truth truth;
    const struct policy *decider;
};

static void put(json_t *object, const char *name, json_t *value)
{
    if (value != NULL && !json_is_null(value)) {
        (void)json_object_set(object, name, value);
    }
}

// "ecs.cloudservers" is provider ecs and type cloudservers.
static void put_type(json_t *resource, const char *resource_type)
{
    const char *dot = strchr(resource_type, '.');
    size_t len = dot == NULL ? strlen(resource_type) : (size_t)(dot - resource_type);
    (void)json_object_set_new(resource, "provider", json_stringn(resource_type, len));
    if (dot != NULL) {
        (void)json_object_set_new(resource, "type", json_string(dot + 1));
    } else {
        (void)json_object_del(resource, "type");
    }
}

static json_t *resource_of(const struct subject *subject)
{
    json_t *record = subject->record;
    json_t *resource = json_copy(record);
    put(resource, "id", json_object_get(record, "resourceId"));
    put(resource, "name", json_object_get(record, "resourceName"));
    put(resource, "region_id", json_object_get(record, "regionId"));
    put(resource, "ep_id", json_object_get(record, "resourceGroupId"));
    put(resource, "properties", subject->configuration);
    json_t *tags = json_object_get(record, "tags");
    if (tags == NULL || json_is_null(tags)) {
        (void)json_object_set_new(resource, "tags", json_object());
    }
    put_type(resource, json_string_value(json_object_get(record, "resourceType")));
    return resource;
}

static json_t *keep(struct judging *judging, json_t *take_value)
{
    (void)json_array_append_new(judging->made, take_value);
    return take_value;
}

// The value of an expression, borrowed; NULL, with the reason, when there is none.
static json_t *value_of(struct judging *judging, const struct policy_expression *expression,
                        const char **reason_out);

static json_t *call_contains(struct judging *judging, json_t *container, json_t *key,
                             const char **reason_out)
{
    enum truth truth = policy_contains(container, key);
    if (truth == TRUTH_UNKNOWN) {
        *reason_out = NOT_COMPARABLE;
        return NULL;
    }
    return keep(judging, json_boolean(truth == TRUTH_TRUE));
}

static json_t *call_length(struct judging *judging, const json_t *array, const char **reason_out)
{
    if (!json_is_array(array)) {
        *reason_out = NOT_COMPARABLE;
        return NULL;
    }
    return keep(judging, json_integer((json_int_t)json_array_size(array)));
}

static json_t *call_get_value(const json_t *object, const json_t *key, const char **reason_out)
{
    if (!json_is_object(object) || !value_is_text(key)) {
        *reason_out = NOT_COMPARABLE;
        return NULL;
    }
    *reason_out = NOT_FOUND;
    return json_object_get(object, json_string_value(key));
}

static json_t *call(struct judging *judging, const struct policy_expression *expression,
                    const char **reason_out)
{
    json_t *arguments[POLICY_ARGUMENTS_MAX] = {NULL};
    for (size_t i = 0; i < expression->argument_count; i++) {
        arguments[i] = value_of(judging, expression->arguments[i], reason_out);
        if (arguments[i] == NULL) {
            return NULL;
        }
    }
    switch (expression->function) {
    case POLICY_TEXT:
        return keep(judging, json_string(expression->text));
    case POLICY_RESOURCE:
        return judging->resource;
    case POLICY_PARAMETERS:
        *reason_out = NOT_FOUND;
        return policy_parameter(judging->rule, expression->arguments[0]->text);
    case POLICY_CONTAINS:
        return call_contains(judging, arguments[0], arguments[1], reason_out);
    case POLICY_LENGTH:
        return call_length(judging, arguments[0], reason_out);
    case POLICY_GET_VALUE:
        break;
    }
    return call_get_value(arguments[0], arguments[1], reason_out);
}

static json_t *value_of(struct judging *judging, const struct policy_expression *expression,
                        const char **reason_out)
{
    json_t *value = call(judging, expression, reason_out);
    for (size_t i = 0; i < expression->path_count && value != NULL; i++) {
        *reason_out = NOT_FOUND;
        value = json_object_get(value, expression->path[i]);
    }
    return value;
}

static json_t *operand_value(struct judging *judging, const struct policy_operand *operand,
                             const char **reason_out)
{
    return operand->expression == NULL ? operand->literal
                                       : value_of(judging, operand->expression, reason_out);
}

// Letter case of provider and type varies in the vendor's own samples (huawei-secmaster.md 4.1).
static bool is_type_name(const struct policy_operand *operand)
{
    const struct policy_expression *expression = operand->expression;
    return expression != NULL && expression->function == POLICY_RESOURCE &&
           expression->path_count == 1 &&
           (strcmp(expression->path[0], "provider") == 0 ||
            strcmp(expression->path[0], "type") == 0);
}

static enum truth judge_condition(struct judging *judging, const struct policy *condition,
                                  const char **reason_out)
{
    json_t *value = operand_value(judging, &condition->value, reason_out);
    json_t *pattern =
        value == NULL ? NULL : operand_value(judging, &condition->pattern, reason_out);
    if (pattern == NULL) {
        return TRUTH_UNKNOWN;
    }
    *reason_out = NOT_COMPARABLE;
    bool ignores_case = is_type_name(&condition->value) || is_type_name(&condition->pattern);
    return policy_compare(condition->comparator, value, pattern, ignores_case);
}

static struct verdict judge_node(struct judging *judging, const struct policy *policy)
{
    struct verdict joined = {.decider = policy};
    if (policy->kind == POLICY_CONDITION) {
        const char *reason = NULL;
        joined.truth = judge_condition(judging, policy, &reason);
        return joined;
    }
    bool is_all = policy->kind == POLICY_ALL_OF;
    enum truth decides = is_all ? TRUTH_FALSE : TRUTH_TRUE;
    joined.truth = truth_not(decides);
    for (size_t i = 0; i < policy->count && joined.truth != decides; i++) {
        struct verdict member = judge_node(judging, policy->children[i]);
        // The last true member of an allOf says most; else the first that changes the verdict.
        bool is_nearer = is_all ? member.truth < joined.truth : member.truth > joined.truth;
        if (is_nearer || (is_all && member.truth == TRUTH_TRUE && joined.truth == TRUTH_TRUE)) {
            joined = member;
        }
    }
    return joined;
}

static void explain(struct judging *judging, const struct policy *decider, enum truth truth,
                    struct evidence *evidence)
{
    const char *reason = NULL;
    evidence_reset(evidence);
    json_t *value = operand_value(judging, &decider->value, &reason);
    if (value != NULL) {
        value_render(&evidence->configuration, value);
    }
    const char *found_in = decider->value.text;
    if (found_in != NULL) {
        value_quote(&evidence->property, found_in, strlen(found_in));
    }
    json_t *pattern = operand_value(judging, &decider->pattern, &reason);
    if (pattern != NULL) {
        value_render(&evidence->desired_value, pattern);
    }
    (void)buf_append_text(&evidence->operator_name, decider->comparator->name);
    reason = NULL;
    (void)judge_condition(judging, decider, &reason);
    (void)buf_append_text(&evidence->reason, truth == TRUTH_TRUE ? VIOLATED : reason);
}

enum truth policy_judge(const struct policy *policy, const struct subject *subject,
                        struct evidence *evidence)
{
    struct judging judging = {
        .rule = policy->rule, .resource = resource_of(subject), .made = json_array()};
    struct verdict verdict = judge_node(&judging, policy);
    if (verdict.truth != TRUTH_FALSE) {
        ENSURE(verdict.decider->kind == POLICY_CONDITION);
        explain(&judging, verdict.decider, verdict.truth, evidence);
    }
    json_decref(judging.made);
    json_decref(judging.resource);
    return verdict.truth;
}
