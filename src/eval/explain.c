// SPDX-License-Identifier: MIT
#include "eval/explain.h"

#include "base/limits.h"
#include "base/mem.h"
#include "condition_tree.h"
#include "evidence_text.h"
#include "explain_scope.h"
#include "policy_tree.h"
#include "rules.h"

#include <string.h>

_Static_assert((int)EXPLAIN_FALSE == (int)TRUTH_FALSE &&
                   (int)EXPLAIN_UNKNOWN == (int)TRUTH_UNKNOWN &&
                   (int)EXPLAIN_TRUE == (int)TRUTH_TRUE,
               "the same order");

// What an explanation is made of, on the way through a rule.
struct walk {
    const struct judge *judge;           // without a cache; NULL: an outline, nothing is judged
    const struct clause *clause_decider; // NULL: none, the condition is true
    const struct policy *policy_decider;
    struct evidence evidence; // of the node that is being made
    struct buf text;          // likewise
    size_t ordinal;           // clauses so far
};

static char *take_text(struct buf *text)
{
    char *copy = mem_text_n(buf_text(text), text->len);
    buf_reset(text);
    return copy;
}

// A member of the rule as text; NULL when it is not there.
static char *member_text(struct walk *walk, const json_t *node, const char *name)
{
    json_t *member = json_object_get(node, name);
    if (member == NULL) {
        return NULL;
    }
    evidence_value(&walk->text, value_of_json(member));
    return take_text(&walk->text);
}

static void take_evidence(struct walk *walk, struct explain_node *out)
{
    out->found = take_text(&walk->evidence.configuration);
    out->property = take_text(&walk->evidence.property);
    out->reason = take_text(&walk->evidence.reason);
    evidence_reset(&walk->evidence);
}

static struct explain_node *make_children(struct explain_node *out, size_t count)
{
    out->children = mem_alloc(count, sizeof(*out->children));
    out->count = count;
    return out->children;
}

// ---- conditions

// The text of nothing, and of null, is empty, as in the vendor's annotations.
static void explain_selected(struct walk *walk, const struct feature *feature,
                             struct explain_node *out)
{
    const struct jsonpath_nodes *nodes = &feature->nodes;
    if (nodes->count > 0 && feature->fault == CAUSE_NONE) {
        out->has_value = !feature->is_singular || value_kind(nodes->items[0]) != VALUE_NULL;
        if (!feature->is_singular) {
            evidence_list(&walk->text, nodes->items, nodes->count);
        } else if (out->has_value) {
            evidence_value(&walk->text, nodes->items[0]);
        }
    }
    out->selected = take_text(&walk->text);
}

static void judge_on_clause(struct walk *walk, const struct clause *clause,
                            struct explain_node *out)
{
    struct feature own = {0};
    const struct feature *feature = judge_feature(walk->judge, clause, &own);
    int64_t as_of_ms = walk->judge->subject.as_of_ms;
    out->truth = (enum explain_truth)clause_rule(clause, feature, as_of_ms).truth;
    explain_selected(walk, feature, out);
    feature_deinit(&own);
    clause_explain(clause, walk->judge, &walk->evidence);
    take_evidence(walk, out);
    out->is_deciding = clause == walk->clause_decider;
}

static void explain_clause(struct walk *walk, const struct clause *clause, const json_t *node,
                           struct explain_node *out)
{
    out->operator_name = clause->op->name;
    out->quantifier =
        clause->quantifier == QUANTIFIER_ALL ? NULL : CLAUSE_QUANTIFIERS[clause->quantifier];
    out->ordinal = walk->ordinal++;
    out->source = member_text(walk, node, "featureSource");
    out->path = member_text(walk, node, "featurePath");
    out->desired = clause->op->operand == OPERAND_NONE ? NULL : member_text(walk, node, "desired");
    if (walk->judge != NULL) {
        judge_on_clause(walk, clause, out);
    }
}

static void explain_condition(struct walk *walk, const struct condition *condition,
                              const json_t *node, const char *pointer, struct explain_node *out);

// Kleene's `and` is the least, his `or` the greatest of the children.
static void join_child(struct explain_node *group, bool is_and, const struct explain_node *child)
{
    bool is_joined = is_and ? child->truth < group->truth : child->truth > group->truth;
    group->truth = is_joined ? child->truth : group->truth;
    group->is_deciding = group->is_deciding || child->is_deciding;
}

static void explain_group(struct walk *walk, const struct condition *group, const json_t *node,
                          struct explain_node *out)
{
    bool is_and = group->group == GROUP_AND;
    const json_t *children = json_object_get(node, "children");
    out->operator_name = is_and ? "and" : "or";
    out->truth = is_and ? EXPLAIN_TRUE : EXPLAIN_FALSE;
    // The compiler leaves out children that are wrong, and the rule is broken then.
    REQUIRE(json_array_size(children) == group->count);
    struct explain_node *made = make_children(out, group->count);
    for (size_t i = 0; i < group->count; i++) {
        char *pointer = mem_format("%s/children/%zu", out->pointer, i);
        explain_condition(walk, group->children[i], json_array_get(children, i), pointer, &made[i]);
        mem_free(&pointer);
        join_child(out, is_and, &made[i]);
    }
}

static void explain_condition(struct walk *walk, const struct condition *condition,
                              const json_t *node, const char *pointer, struct explain_node *out)
{
    out->pointer = mem_text(pointer);
    out->truth = EXPLAIN_UNKNOWN;
    if (condition->group == GROUP_NONE) {
        explain_clause(walk, condition->clause, node, out);
    } else {
        explain_group(walk, condition, node, out);
    }
}

// What made a condition true: all of an `and`, the first true one of an `or`.
static void mark_true(struct explain_node *node)
{
    node->is_deciding = true;
    bool is_or = strcmp(node->operator_name, "or") == 0;
    for (size_t i = 0; i < node->count; i++) {
        if (node->children[i].truth == EXPLAIN_TRUE) {
            mark_true(&node->children[i]);
            if (is_or) {
                return;
            }
        }
    }
}

static void explain_rule_condition(struct walk *walk, const struct condition *condition,
                                   const struct rule *rule, struct explain_node *root)
{
    struct condition_verdict verdict = condition_judge(condition, walk->judge);
    walk->clause_decider = verdict.decider;
    explain_condition(walk, condition, rule->condition, rule->condition_pointer, root);
    ENSURE((int)root->truth == (int)verdict.truth);
    if (root->truth == EXPLAIN_TRUE) {
        mark_true(root);
    }
}

// ---- rules of Huawei Config

static void judge_policy_condition(struct walk *walk, const struct policy *policy,
                                   struct explain_node *out)
{
    const struct policy *decider;
    out->truth = (enum explain_truth)policy_explain(policy, &walk->judge->subject, &walk->evidence,
                                                    &decider);
    if (policy->pattern.expression != NULL) {
        out->wanted = take_text(&walk->evidence.desired_value);
    }
    out->selected =
        mem_text_n(buf_text(&walk->evidence.configuration), walk->evidence.configuration.len);
    out->has_value = out->truth != EXPLAIN_UNKNOWN || walk->evidence.configuration.len > 0;
    take_evidence(walk, out);
    if (out->truth != EXPLAIN_UNKNOWN) {
        out->reason[0] = '\0';
    }
    out->is_deciding = policy == walk->policy_decider;
}

static void explain_policy_condition(struct walk *walk, const struct policy *policy,
                                     const json_t *node, struct explain_node *out)
{
    out->operator_name = policy->comparator->name;
    out->ordinal = walk->ordinal++;
    out->path = member_text(walk, node, "value");
    out->desired = member_text(walk, node, "pattern");
    if (walk->judge != NULL) {
        judge_policy_condition(walk, policy, out);
    }
}

static void explain_policy(struct walk *walk, const struct policy *policy, const json_t *node,
                           const char *pointer, struct explain_node *out)
{
    out->pointer = mem_text(pointer);
    out->truth = EXPLAIN_UNKNOWN;
    if (policy->kind == POLICY_CONDITION) {
        explain_policy_condition(walk, policy, node, out);
        return;
    }
    bool is_all = policy->kind == POLICY_ALL_OF;
    out->operator_name = is_all ? "allOf" : "anyOf";
    out->truth = is_all ? EXPLAIN_TRUE : EXPLAIN_FALSE;
    const json_t *members = json_object_get(node, out->operator_name);
    REQUIRE(json_array_size(members) == policy->count);
    struct explain_node *made = make_children(out, policy->count);
    for (size_t i = 0; i < policy->count; i++) {
        char *inner = mem_format("%s/%s/%zu", pointer, out->operator_name, i);
        explain_policy(walk, policy->children[i], json_array_get(members, i), inner, &made[i]);
        mem_free(&inner);
        join_child(out, is_all, &made[i]);
    }
    out->is_deciding = out->is_deciding || policy == walk->policy_decider;
}

static void explain_rule_policy(struct walk *walk, const struct policy *policy,
                                const struct rule *rule, struct explain_node *root)
{
    enum truth truth =
        policy_explain(policy, &walk->judge->subject, &walk->evidence, &walk->policy_decider);
    evidence_reset(&walk->evidence);
    explain_policy(walk, policy, rule->policy_rule, rule->condition_pointer, root);
    ENSURE((int)root->truth == (int)truth);
}

// ---- the whole

static char *span_copy(struct span span)
{
    return mem_text_n(span.len == 0 ? "" : span.bytes, span.len);
}

static void walk_init(struct walk *walk, const struct judge *judge)
{
    *walk = (struct walk){.judge = judge};
    evidence_init(&walk->evidence);
    buf_init(&walk->text, LIMIT_EVIDENCE_BYTES);
}

static void walk_deinit(struct walk *walk)
{
    buf_deinit(&walk->text);
    evidence_deinit(&walk->evidence);
}

static void explain_rule(const struct explain_input *input, const struct judge *judge,
                         struct explanation *out)
{
    struct walk walk;
    walk_init(&walk, judge);
    out->root = mem_alloc(1, sizeof(*out->root));
    if (out->is_policy) {
        explain_rule_policy(&walk, input->rules->policies[input->index], out->rule, out->root);
    } else {
        explain_rule_condition(&walk, input->rules->conditions[input->index], out->rule, out->root);
    }
    walk_deinit(&walk);
}

enum err_kind explain_create(const struct explain_input *input,
                             struct explanation **explanation_out, struct err *err)
{
    REQUIRE(input->index < input->rules->set.count);
    struct record record;
    if (record_parse(input->record.bytes, input->record.len, &record, err) != ERR_OK) {
        return err->kind;
    }
    struct explanation *out = mem_alloc(1, sizeof(*out));
    out->rule = &input->rules->set.rules[input->index];
    out->is_policy = input->rules->policies[input->index] != NULL;
    out->resource_id = span_copy(record.resource_id);
    out->resource_name = span_copy(record.resource_name);
    out->resource_type = span_copy(record.resource_type);
    out->region_id = span_copy(record.region_id);
    evidence_init(&out->evidence);
    explain_scope(out->rule, &record, out);
    out->outcome = OUTCOME_NOT_APPLICABLE;
    if (out->bar_count == 0) {
        const struct judge judge = {.subject = record_subject(&record, input->as_of_ms)};
        out->outcome =
            eval_rules_judge(input->rules, input->index, &record, &judge, &out->evidence);
        explain_rule(input, &judge, out);
    }
    record_deinit(&record);
    *explanation_out = out;
    return ERR_OK;
}

static void node_deinit(struct explain_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        node_deinit(&node->children[i]);
    }
    mem_free(&node->children);
    mem_free(&node->pointer);
    mem_free(&node->source);
    mem_free(&node->path);
    mem_free(&node->desired);
    mem_free(&node->wanted);
    mem_free(&node->selected);
    mem_free(&node->found);
    mem_free(&node->property);
    mem_free(&node->reason);
}

void explain_outline_destroy(struct explain_node **root)
{
    if (*root != NULL) {
        node_deinit(*root);
    }
    mem_free(root);
}

void explain_destroy(struct explanation **explanation_address)
{
    struct explanation *explanation = *explanation_address;
    if (explanation == NULL) {
        return;
    }
    explain_outline_destroy(&explanation->root);
    for (size_t i = 0; i < explanation->bar_count; i++) {
        mem_free(&explanation->bars[i].sentence);
    }
    mem_free(&explanation->bars);
    mem_free(&explanation->resource_id);
    mem_free(&explanation->resource_name);
    mem_free(&explanation->resource_type);
    mem_free(&explanation->region_id);
    evidence_deinit(&explanation->evidence);
    mem_free(explanation_address);
}

struct explain_node *explain_outline(const struct eval_rules *rules, size_t index)
{
    REQUIRE(index < rules->set.count);
    const struct rule *rule = &rules->set.rules[index];
    if (rule->broken) {
        return NULL;
    }
    struct walk walk;
    walk_init(&walk, NULL);
    struct explain_node *root = mem_alloc(1, sizeof(*root));
    if (rules->policies[index] != NULL) {
        explain_policy(&walk, rules->policies[index], rule->policy_rule, rule->condition_pointer,
                       root);
    } else {
        explain_condition(&walk, rules->conditions[index], rule->condition, rule->condition_pointer,
                          root);
    }
    walk_deinit(&walk);
    return root;
}
