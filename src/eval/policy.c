// SPDX-License-Identifier: MIT
#include "policy.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "domain/json_number.h"
#include "eval/value.h"
#include "policy_parameters.h"
#include "policy_tree.h"

#include <string.h>

enum { LIST_BYTES = 512 };

static const char TEMPLATE_BEGIN[] = "${";
static const char *const GROUP_NAMES[] = {[POLICY_ALL_OF] = "allOf", [POLICY_ANY_OF] = "anyOf"};
static const char *const CONDITION_MEMBERS[] = {"value", "comparator", "pattern"};

static struct policy *compile_node(struct compile *compile, json_t *node, size_t depth);

static bool check_parameter(struct compile *compile, const char *member, const char *name)
{
    if (json_object_get(compile->rule->parameters, name) != NULL) {
        return true;
    }
    compile_complain(compile, member, "rule.parameter.unknown",
                     "parameter %s is not defined in parameters", compile_quote(name).text);
    return false;
}

static void check_parameters(struct compile *compile, const char *member,
                             const struct policy_expression *expression)
{
    if (expression->function == POLICY_PARAMETERS &&
        !check_parameter(compile, member, expression->arguments[0]->text)) {
        return;
    }
    for (size_t i = 0; i < expression->argument_count; i++) {
        check_parameters(compile, member, expression->arguments[i]);
    }
}

static void compile_template(struct compile *compile, const char *member, const char *text,
                             struct policy_operand *operand)
{
    size_t len = strlen(text);
    size_t begin_len = strlen(TEMPLATE_BEGIN);
    bool is_whole = text_starts_with(text, TEMPLATE_BEGIN) && text[len - 1] == '}';
    if (!is_whole || len > LIMIT_PATH_BYTES) {
        compile_complain(compile, member, "rule.policy.template",
                         "a text with \"${\" in it has to be one template, \"${…}\", of at most %d "
                         "bytes",
                         LIMIT_PATH_BYTES);
        return;
    }
    struct err err = ERR_INIT;
    if (policy_expression_parse(text + begin_len, len - begin_len - 1, &operand->expression,
                                &err) != ERR_OK) {
        compile_complain(compile, member, "rule.policy.template", "%s", err.message);
        return;
    }
    operand->text = text;
    check_parameters(compile, member, operand->expression);
}

static void compile_operand(struct compile *compile, json_t *node, const char *member,
                            struct policy_operand *operand)
{
    json_t *value = json_object_get(node, member);
    if (value == NULL) {
        if (!compile_is_misspelt(compile, node, member)) {
            compile_complain(compile, NULL, "rule.policy.missing",
                             "%s is missing; give a value or a template \"${…}\"", member);
        }
        return;
    }
    if (json_text_is(value) && strstr(json_string_value(value), TEMPLATE_BEGIN) != NULL) {
        compile_template(compile, member, json_string_value(value), operand);
        return;
    }
    operand->literal = value;
}

static void refuse_comparator(struct compile *compile, const char *name)
{
    const char *nearest = policy_comparator_suggest(name);
    struct buf right;
    buf_init(&right, LIST_BYTES);
    if (nearest != NULL) {
        (void)buf_append_format(&right, "did you mean \"%s\"?", nearest);
    } else {
        (void)buf_append_text(&right, "one of these is right: ");
        policy_comparator_list(&right);
    }
    compile_complain(compile, "comparator", "rule.policy.comparator", "unknown comparator %s; %s",
                     compile_quote(name).text, buf_text(&right));
    buf_deinit(&right);
}

static void compile_comparator(struct compile *compile, json_t *node, struct policy *policy)
{
    const char *name = compile_text(compile, node, "comparator");
    if (name == NULL) {
        return;
    }
    policy->comparator = policy_comparator_find(name);
    if (policy->comparator == NULL) {
        refuse_comparator(compile, name);
    } else if (policy->comparator->is_own) {
        compile_refuse_own(compile, "comparator", name);
    }
}

// A literal pattern of a type that the comparator never knows anything about.
static void check_pattern(struct compile *compile, const struct policy *policy)
{
    const json_t *pattern = policy->pattern.literal;
    if (policy->comparator == NULL || pattern == NULL) {
        return;
    }
    if (policy->comparator->accepts != 0 && !policy_is_number(value_of_json(pattern))) {
        compile_complain(compile, "pattern", "rule.policy.pattern",
                         "pattern is %s; %s takes a number, a text that is one, or a template that "
                         "yields one",
                         json_text_is(pattern) ? "a text that is no number"
                                               : value_type_text(pattern),
                         policy->comparator->name);
        return;
    }
    const char *right = policy->comparator->takes_list && !json_is_array(pattern)  ? "an array"
                        : policy->comparator->takes_text && !json_text_is(pattern) ? "a text"
                                                                                   : NULL;
    if (right != NULL) {
        compile_complain(compile, "pattern", "rule.policy.pattern",
                         "pattern is %s; %s takes %s, or a template that yields one",
                         value_type_text(pattern), policy->comparator->name, right);
    }
}

// Nothing that a condition has: the author meant something else by it.
static bool is_foreign(const json_t *node)
{
    for (size_t i = 0; i < ARRAY_LEN(CONDITION_MEMBERS); i++) {
        if (json_object_get(node, CONDITION_MEMBERS[i]) != NULL) {
            return false;
        }
    }
    return true;
}

static void refuse_foreign(struct compile *compile, json_t *node)
{
    static const char *const NAMES[] = {"allOf", "anyOf", "value", "comparator", "pattern"};
    compile_expect_members(compile, node, (struct compile_names){NAMES, ARRAY_LEN(NAMES)});
}

static void compile_condition(struct compile *compile, json_t *node, struct policy *policy)
{
    if (is_foreign(node)) {
        policy->kind = POLICY_CONDITION;
        refuse_foreign(compile, node);
        return;
    }
    compile->clauses++;
    if (compile->clauses > LIMIT_CONDITION_CLAUSES) {
        compile_complain(compile, NULL, "rule.policy.conditions",
                         "the rule has more than %d conditions", LIMIT_CONDITION_CLAUSES);
        return;
    }
    policy->kind = POLICY_CONDITION;
    compile_expect_members(compile, node,
                           (struct compile_names){CONDITION_MEMBERS, ARRAY_LEN(CONDITION_MEMBERS)});
    compile_operand(compile, node, "value", &policy->value);
    compile_comparator(compile, node, policy);
    compile_operand(compile, node, "pattern", &policy->pattern);
    check_pattern(compile, policy);
}

static bool check_group(struct compile *compile, json_t *node, const char *name, size_t depth)
{
    json_t *members = json_object_get(node, name);
    compile_expect_members(compile, node, (struct compile_names){&name, 1});
    if (depth > LIMIT_CONDITION_DEPTH) {
        compile_complain(compile, NULL, "rule.policy.depth", "nested more than %d deep",
                         LIMIT_CONDITION_DEPTH);
        return false;
    }
    if (!json_is_array(members) || json_array_size(members) == 0) {
        compile_complain(compile, name, "rule.policy.type",
                         "%s has to be an array of at least one rule", name);
        return false;
    }
    return true;
}

static void compile_group(struct compile *compile, json_t *node, size_t depth,
                          struct policy *policy)
{
    const char *name = GROUP_NAMES[policy->kind];
    if (!check_group(compile, node, name, depth)) {
        return;
    }
    json_t *members = json_object_get(node, name);
    size_t index;
    json_t *member;
    policy->children = mem_alloc(json_array_size(members), sizeof(struct policy *));
    json_array_foreach(members, index, member)
    {
        if (compile->clauses > LIMIT_CONDITION_CLAUSES) {
            return;
        }
        size_t mark = compile_enter_name(compile, name);
        (void)compile_enter_index(compile, index);
        struct policy *child = compile_node(compile, member, depth + 1);
        if (child != NULL) {
            policy->children[policy->count++] = child;
        }
        compile_leave(compile, mark);
    }
}

static struct policy *compile_node(struct compile *compile, json_t *node, size_t depth)
{
    if (!json_is_object(node)) {
        compile_complain(compile, NULL, "rule.policy.type",
                         "this is %s; allOf, anyOf or a condition is an object",
                         value_type_text(node));
        return NULL;
    }
    if (json_object_size(node) == 0) {
        compile_complain(compile, NULL, "rule.policy.missing",
                         "this is empty; allOf, anyOf, or value, comparator and pattern are right");
        return NULL;
    }
    struct policy *policy = mem_alloc(1, sizeof(*policy));
    policy->rule = compile->rule;
    if (json_object_get(node, "allOf") != NULL) {
        policy->kind = POLICY_ALL_OF;
        compile_group(compile, node, depth, policy);
    } else if (json_object_get(node, "anyOf") != NULL) {
        policy->kind = POLICY_ANY_OF;
        compile_group(compile, node, depth, policy);
    } else {
        compile_condition(compile, node, policy);
    }
    return policy;
}

struct policy *policy_compile(struct rule *rule, bool strict_vendor, struct diags *diags)
{
    if (rule->policy_rule == NULL) {
        return NULL;
    }
    size_t errors_before = diags->errors;
    struct compile compile;
    compile_init(&compile, rule, diags);
    compile.strict_vendor = strict_vendor;
    policy_parameters_check(&compile);
    struct policy *policy = compile_node(&compile, rule->policy_rule, 1);
    compile_deinit(&compile);
    if (diags->errors != errors_before) {
        policy_destroy(&policy);
    }
    ENSURE(policy != NULL || rule->broken);
    return policy;
}

void policy_destroy(struct policy **policy)
{
    if (*policy == NULL) {
        return;
    }
    for (size_t i = 0; i < (*policy)->count; i++) {
        policy_destroy(&(*policy)->children[i]);
    }
    mem_free(&(*policy)->children);
    policy_expression_destroy(&(*policy)->value.expression);
    policy_expression_destroy(&(*policy)->pattern.expression);
    mem_free(policy);
}
