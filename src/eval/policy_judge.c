// SPDX-License-Identifier: MIT
#include "base/limits.h"
#include "evidence_text.h"
#include "jsonpath_walk.h"
#include "policy.h"
#include "policy_parameters.h"
#include "policy_tree.h"

#include <string.h>

static const char VIOLATED[] =
    "the condition of the policy rule, which describes a violation, holds";
static const char NOT_FOUND[] = "a value of the condition was not found in the resource";
static const char NOT_COMPARABLE[] = "the values are of types that the comparator does not compare";

// One judgement on its way.
struct judging {
    const struct rule *rule;
    const struct subject *subject;
    json_t *made;     // array that owns the values of functions until the end; made when needed
    json_t *resource; // what resource() gives as a whole; made when somebody asks
};

// The verdict, and the condition that decided it.
struct verdict {
    enum truth truth;
    const struct policy *decider;
};

// What resource() calls otherwise than the record.
static const struct {
    const char *name;
    const char *member;
} RENAMED[] = {
    {"id", "resourceId"},
    {"name", "resourceName"},
    {"region_id", "regionId"},
    {"ep_id", "resourceGroupId"},
};

static struct value keep(struct judging *judging, json_t *take_value)
{
    if (judging->made == NULL) {
        judging->made = json_array();
    }
    (void)json_array_append_new(judging->made, take_value);
    return value_of_json(take_value);
}

static struct value text_value(struct judging *judging, struct span text)
{
    return keep(judging, json_stringn_nocheck(text.bytes, text.len));
}

static struct value member_of(struct value object, const char *name)
{
    return value_member(object, name, strlen(name));
}

// "ecs.cloudservers" is provider ecs and type cloudservers.
static struct value type_of(struct judging *judging, bool wants_provider)
{
    struct span type = value_text(member_of(judging->subject->record, "resourceType"));
    const char *dot = memchr(type.bytes, '.', type.len);
    size_t len = dot == NULL ? type.len : (size_t)(dot - type.bytes);
    if (wants_provider) {
        return text_value(judging, (struct span){type.bytes, len});
    }
    if (dot == NULL) {
        return (struct value){0};
    }
    return text_value(judging, (struct span){dot + 1, type.len - len - 1});
}

// The first of two that is there and not null.
static struct value either(struct value first, struct value second)
{
    return value_exists(first) && value_kind(first) != VALUE_NULL ? first : second;
}

static struct value resource_member(struct judging *judging, const char *name)
{
    struct value record = judging->subject->record;
    struct value member = member_of(record, name);
    if (strcmp(name, "provider") == 0 || strcmp(name, "type") == 0) {
        return type_of(judging, name[0] == 'p');
    }
    if (strcmp(name, "properties") == 0) {
        return either(judging->subject->configuration, member);
    }
    if (strcmp(name, "configuration") == 0) { // the document, where the record has its text
        return judging->subject->configuration;
    }
    if (strcmp(name, "tags") == 0) {
        return value_exists(either(member, (struct value){0})) ? member
                                                               : keep(judging, json_object());
    }
    for (size_t i = 0; i < ARRAY_LEN(RENAMED); i++) {
        if (strcmp(name, RENAMED[i].name) == 0) {
            return either(member_of(record, RENAMED[i].member), member);
        }
    }
    return member;
}

static const char *const OWN_MEMBERS[] = {
    "provider", "type", "properties", "configuration", "tags", "id", "region_id", "name", "ep_id"};

// The resource as a whole: the record, with what resource() has instead.
static struct value whole_resource(struct judging *judging)
{
    if (judging->resource != NULL) {
        return value_of_json(judging->resource);
    }
    json_t *copied = value_to_json(judging->subject->record);
    judging->resource = json_copy(copied);
    json_decref(copied);
    for (size_t i = 0; i < ARRAY_LEN(OWN_MEMBERS); i++) {
        struct value member = resource_member(judging, OWN_MEMBERS[i]);
        if (value_exists(member)) {
            (void)json_object_set_new(judging->resource, OWN_MEMBERS[i], value_to_json(member));
        } else {
            (void)json_object_del(judging->resource, OWN_MEMBERS[i]);
        }
    }
    return value_of_json(judging->resource);
}

// The value of an expression; nothing, with the reason, when there is none.
static struct value value_of(struct judging *judging, const struct policy_expression *expression,
                             const char **reason_out);

static struct value call_contains(struct value container, struct value key, const char **reason_out)
{
    enum truth truth = policy_contains(container, key);
    if (truth == TRUTH_UNKNOWN) {
        *reason_out = NOT_COMPARABLE;
        return (struct value){0};
    }
    return value_of_json(truth == TRUTH_TRUE ? json_true() : json_false());
}

static struct value call_length(struct judging *judging, struct value array,
                                const char **reason_out)
{
    if (value_kind(array) != VALUE_ARRAY) {
        *reason_out = NOT_COMPARABLE;
        return (struct value){0};
    }
    return keep(judging, json_integer((json_int_t)value_size(array)));
}

static struct value call_get_value(struct value object, struct value key, const char **reason_out)
{
    if (value_kind(object) != VALUE_OBJECT || value_kind(key) != VALUE_TEXT) {
        *reason_out = NOT_COMPARABLE;
        return (struct value){0};
    }
    *reason_out = NOT_FOUND;
    struct span name = value_text(key);
    return value_member(object, name.bytes, name.len);
}

static struct value call(struct judging *judging, const struct policy_expression *expression,
                         const char **reason_out)
{
    struct value arguments[POLICY_ARGUMENTS_MAX] = {{0}};
    for (size_t i = 0; i < expression->argument_count; i++) {
        arguments[i] = value_of(judging, expression->arguments[i], reason_out);
        if (!value_exists(arguments[i])) {
            return arguments[i];
        }
    }
    switch (expression->function) {
    case POLICY_TEXT:
        return text_value(judging, span_of(expression->text));
    case POLICY_RESOURCE:
        return whole_resource(judging);
    case POLICY_PARAMETERS:
        *reason_out = NOT_FOUND;
        return value_of_json(policy_parameter(judging->rule, expression->arguments[0]->text));
    case POLICY_CONTAINS:
        return call_contains(arguments[0], arguments[1], reason_out);
    case POLICY_LENGTH:
        return call_length(judging, arguments[0], reason_out);
    case POLICY_GET_VALUE:
        break;
    }
    return call_get_value(arguments[0], arguments[1], reason_out);
}

static struct value value_of(struct judging *judging, const struct policy_expression *expression,
                             const char **reason_out)
{
    struct value value;
    size_t step = 0;
    if (expression->function == POLICY_RESOURCE && expression->path_count > 0) {
        *reason_out = NOT_FOUND;
        value = resource_member(judging, expression->path[step++]);
    } else {
        value = call(judging, expression, reason_out);
    }
    for (; step < expression->path_count && value_exists(value); step++) {
        *reason_out = NOT_FOUND;
        value = member_of(value, expression->path[step]);
    }
    return value;
}

static struct value operand_value(struct judging *judging, const struct policy_operand *operand,
                                  const char **reason_out)
{
    return operand->expression == NULL ? value_of_json(operand->literal)
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

bool policy_ignores_case(const struct policy *condition)
{
    return is_type_name(&condition->value) || is_type_name(&condition->pattern);
}

static enum truth judge_condition(struct judging *judging, const struct policy *condition,
                                  const char **reason_out)
{
    struct value value = operand_value(judging, &condition->value, reason_out);
    struct value pattern = value;
    if (value_exists(value)) {
        pattern = operand_value(judging, &condition->pattern, reason_out);
    }
    if (!value_exists(pattern)) {
        return TRUTH_UNKNOWN;
    }
    *reason_out = NOT_COMPARABLE;
    return policy_compare(condition->comparator, value, pattern, policy_ignores_case(condition));
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

// The record's member that resource() calls `name`.
static const char *record_name(const struct subject *subject, const char *name)
{
    if (strcmp(name, "provider") == 0 || strcmp(name, "type") == 0) {
        return "resourceType";
    }
    if (strcmp(name, "properties") == 0) {
        return value_exists(either(subject->configuration, (struct value){0})) ? "configuration"
                                                                               : name;
    }
    for (size_t i = 0; i < ARRAY_LEN(RENAMED); i++) {
        if (strcmp(name, RENAMED[i].name) == 0) {
            struct value member = member_of(subject->record, RENAMED[i].member);
            return value_exists(either(member, (struct value){0})) ? RENAMED[i].member : name;
        }
    }
    return name;
}

// Where a template that is a path alone leads in the record; else the template.
static void explain_property(const struct subject *subject, const struct policy_operand *operand,
                             struct buf *out)
{
    const struct policy_expression *expression = operand->expression;
    if (expression == NULL) {
        return;
    }
    if (expression->function != POLICY_RESOURCE || expression->path_count == 0) {
        evidence_quote(out, span_of(operand->text));
        return;
    }
    struct jsonpath_place places[POLICY_PATH_MAX];
    for (size_t i = 0; i < expression->path_count; i++) {
        const char *name = i == 0 ? record_name(subject, expression->path[0]) : expression->path[i];
        places[i] = (struct jsonpath_place){
            .parent = i == 0 ? NULL : &places[i - 1], .name = name, .name_len = strlen(name)};
    }
    struct buf place;
    buf_init(&place, LIMIT_RECORD_BYTES);
    jsonpath_place_append(&places[expression->path_count - 1], &place);
    evidence_quote(out, (struct span){buf_text(&place), place.len});
    buf_deinit(&place);
}

static void explain(struct judging *judging, const struct policy *decider, enum truth truth,
                    struct evidence *evidence)
{
    const char *reason = NULL;
    evidence_reset(evidence);
    struct value value = operand_value(judging, &decider->value, &reason);
    if (value_exists(value)) {
        evidence_value(&evidence->configuration, value);
    }
    explain_property(judging->subject, &decider->value, &evidence->property);
    struct value pattern = operand_value(judging, &decider->pattern, &reason);
    if (value_exists(pattern)) {
        evidence_value(&evidence->desired_value, pattern);
    }
    (void)buf_append_text(&evidence->operator_name, decider->comparator->name);
    reason = NULL;
    (void)judge_condition(judging, decider, &reason);
    (void)buf_append_text(&evidence->reason, truth == TRUTH_TRUE ? VIOLATED : reason);
}

static void judging_end(struct judging *judging)
{
    json_decref(judging->made);
    json_decref(judging->resource);
}

enum truth policy_judge(const struct policy *policy, const struct subject *subject,
                        struct evidence *evidence)
{
    struct judging judging = {.rule = policy->rule, .subject = subject};
    struct verdict verdict = judge_node(&judging, policy);
    if (verdict.truth != TRUTH_FALSE && evidence != NULL) {
        ENSURE(verdict.decider->kind == POLICY_CONDITION);
        explain(&judging, verdict.decider, verdict.truth, evidence);
    }
    judging_end(&judging);
    return verdict.truth;
}

enum truth policy_explain(const struct policy *policy, const struct subject *subject,
                          struct evidence *evidence, const struct policy **decider_out)
{
    struct judging judging = {.rule = policy->rule, .subject = subject};
    struct verdict verdict = judge_node(&judging, policy);
    evidence_reset(evidence);
    if (verdict.decider->kind == POLICY_CONDITION) {
        explain(&judging, verdict.decider, verdict.truth, evidence);
    }
    judging_end(&judging);
    *decider_out = verdict.decider;
    return verdict.truth;
}
