// SPDX-License-Identifier: MIT
//
// What a compiled clause gives on a feature: the rules of clause.h.
#include "base/limits.h"
#include "clause_tree.h"
#include "judge.h"

// What a value that is missing gives; passes or not by the operator's table.
static struct ruling rule_missing(const struct clause *clause, enum clause_cause cause, bool passes)
{
    struct ruling ruling = {.truth = passes ? TRUTH_TRUE : TRUTH_FALSE,
                            .node = RULING_NO_NODE,
                            .element = RULING_NO_NODE};
    if (cause == CAUSE_MISSING && clause->missing_is_insufficient) {
        ruling.truth = TRUTH_UNKNOWN;
    }
    ruling.cause = ruling.truth == TRUTH_TRUE ? CAUSE_NONE : cause;
    return ruling;
}

// What a feature without any value gives.
static struct ruling rule_nothing(const struct clause *clause, enum clause_cause cause)
{
    bool passes = clause->op->passes_missing;
    if (clause->op->reach == REACH_COUNT) {
        int order = clause->operand.values[0].whole > 0 ? -1 : 0;
        passes = operator_accepts(clause->op, order);
    } else if (clause->quantifier != QUANTIFIER_ALL) {
        passes = clause->quantifier == QUANTIFIER_NONE;
    }
    return rule_missing(clause, cause, passes);
}

static struct ruling rule_unknown(enum clause_cause cause)
{
    return (struct ruling){TRUTH_UNKNOWN, cause, RULING_NO_NODE, RULING_NO_NODE, 0};
}

// One node or element under an operator of single values.
static struct ruling rule_value(const struct clause *clause, struct value value,
                                const struct comparison *comparison)
{
    struct actual actual;
    actual_take(&actual, value);
    if (actual.kind == VALUE_NULL) {
        return rule_missing(clause, CAUSE_MISSING, clause->op->passes_missing);
    }
    struct ruling ruling = {.node = RULING_NO_NODE, .element = RULING_NO_NODE};
    ruling.truth = operator_judge(comparison, &actual, &ruling.cause);
    return ruling;
}

// Joins the ruling on one more value. All and none: Kleene's `and` over the rulings, or over their
// opposites; the first false one decides, else the first unknown one. Any: Kleene's `or`, which no
// value decides alone unless it passes.
static void join(const struct clause *clause, struct ruling *joined, struct ruling ruling)
{
    if (clause->quantifier == QUANTIFIER_ANY) {
        if (ruling.truth > joined->truth) {
            *joined = ruling;
            joined->node = RULING_NO_NODE;
            joined->element = RULING_NO_NODE;
        }
        return;
    }
    if (clause->quantifier == QUANTIFIER_NONE) {
        ruling.truth = truth_not(ruling.truth);
        ruling.cause = ruling.truth == TRUTH_FALSE ? CAUSE_PASSES : ruling.cause;
    }
    if (ruling.truth < joined->truth) {
        *joined = ruling;
    }
}

static void join_value(const struct clause *clause, struct ruling *joined, struct value value,
                       struct ruling at, const struct comparison *comparison)
{
    struct ruling ruling = rule_value(clause, value, comparison);
    ruling.node = at.node;
    ruling.element = at.element;
    join(clause, joined, ruling);
}

static struct ruling rule_each(const struct clause *clause, const struct feature *feature,
                               int64_t as_of_ms)
{
    size_t steps_left = LIMIT_PATTERN_STEPS;
    const struct comparison comparison = {clause->op, &clause->operand, as_of_ms, &steps_left};
    struct ruling joined = {.truth = TRUTH_TRUE, .node = RULING_NO_NODE, .element = RULING_NO_NODE};
    if (clause->quantifier == QUANTIFIER_ANY) {
        joined.truth = TRUTH_FALSE;
        joined.cause = CAUSE_NONE_PASSES;
    }
    size_t seen = 0;
    for (size_t i = 0; i < feature->nodes.count; i++) {
        struct value node = feature->nodes.items[i];
        struct ruling at = {.node = i, .element = RULING_NO_NODE};
        if (clause->op->reach == REACH_NODE || value_kind(node) != VALUE_ARRAY) {
            join_value(clause, &joined, node, at, &comparison);
            seen++;
            continue;
        }
        struct value_children children = value_children(node);
        while (value_children_next(&children)) {
            at.element = children.index;
            join_value(clause, &joined, children.value, at, &comparison);
            seen++;
        }
    }
    return seen > 0 ? joined : rule_nothing(clause, CAUSE_NO_ELEMENT);
}

static struct ruling rule_count(const struct clause *clause, const struct feature *feature)
{
    enum value_kind kind = value_kind(feature->nodes.items[0]);
    if (feature->is_singular && kind == VALUE_NULL) {
        return rule_nothing(clause, CAUSE_MISSING);
    }
    if (feature->is_singular && kind != VALUE_ARRAY) {
        return rule_unknown(CAUSE_NO_COUNT);
    }
    struct ruling ruling = {.node = RULING_NO_NODE, .element = RULING_NO_NODE};
    struct feature_elements elements = feature_elements(feature);
    while (feature_elements_next(&elements)) {
        ruling.count += value_kind(elements.value) == VALUE_NULL ? 0 : 1;
    }
    size_t wanted = (size_t)clause->operand.values[0].whole;
    int order = (ruling.count > wanted) - (ruling.count < wanted);
    bool passes = operator_accepts(clause->op, order);
    ruling.truth = passes ? TRUTH_TRUE : TRUTH_FALSE;
    ruling.cause = passes ? CAUSE_NONE : CAUSE_COUNT;
    return ruling;
}

static struct ruling rule_passing(bool passes)
{
    return (struct ruling){passes ? TRUTH_TRUE : TRUTH_FALSE, passes ? CAUSE_NONE : CAUSE_DIFFERS,
                           RULING_NO_NODE, RULING_NO_NODE, 0};
}

// Unknown for the sake of the first object or list among the elements.
static struct ruling rule_container(const struct feature *feature)
{
    struct ruling ruling = rule_unknown(CAUSE_NO_SCALAR);
    for (size_t i = 0; i < feature->nodes.count; i++) {
        struct value node = feature->nodes.items[i];
        ruling.node = i;
        if (value_kind(node) == VALUE_OBJECT) {
            return ruling;
        }
        struct value_children children = value_children(node);
        while (value_kind(node) == VALUE_ARRAY && value_children_next(&children)) {
            enum value_kind kind = value_kind(children.value);
            if (kind == VALUE_OBJECT || kind == VALUE_ARRAY) {
                ruling.element = children.index;
                return ruling;
            }
        }
    }
    INVARIANT(false);
    return ruling;
}

static struct ruling rule_elements(const struct clause *clause, const struct feature *feature)
{
    struct feature_elements elements = feature_elements(feature);
    if (!feature_elements_next(&elements)) {
        return rule_nothing(clause, CAUSE_NO_ELEMENT);
    }
    enum truth truth = operator_judge_list(clause->op, &clause->operand, feature);
    return truth == TRUTH_UNKNOWN ? rule_container(feature) : rule_passing(truth == TRUTH_TRUE);
}

static struct ruling rule_collection(const struct clause *clause, const struct feature *feature)
{
    struct value first = feature->nodes.items[0];
    if (feature->is_singular && value_kind(first) == VALUE_NULL) {
        return rule_nothing(clause, CAUSE_MISSING);
    }
    if (feature->is_singular && value_kind(first) == VALUE_OBJECT) {
        return rule_unknown(CAUSE_NO_LIST);
    }
    if (feature->is_singular && value_kind(first) == VALUE_TEXT) {
        struct ruling ruling =
            rule_passing(operator_judge_text(clause->op, &clause->operand, value_text(first)));
        ruling.node = 0;
        return ruling;
    }
    return rule_elements(clause, feature);
}

struct ruling clause_rule(const struct clause *clause, const struct feature *feature,
                          int64_t as_of_ms)
{
    if (feature->fault != CAUSE_NONE) {
        return rule_unknown(feature->fault);
    }
    if (feature->nodes.count == 0) {
        return rule_nothing(clause, CAUSE_MISSING);
    }
    switch (clause->op->reach) {
    case REACH_COLLECTION:
        return rule_collection(clause, feature);
    case REACH_COUNT:
        return rule_count(clause, feature);
    case REACH_NODE:
    case REACH_ELEMENT:
        break;
    }
    return rule_each(clause, feature, as_of_ms);
}

enum truth clause_judge_anew(const struct clause *clause, const struct judge *judge)
{
    struct feature own = {0};
    const struct feature *feature = judge_feature(judge, clause, &own);
    enum truth truth = clause_rule(clause, feature, judge->subject.as_of_ms).truth;
    feature_deinit(&own);
    return truth;
}

enum truth clause_judge_value(const struct clause *clause, struct actual *actual, int64_t as_of_ms)
{
    size_t steps_left = LIMIT_PATTERN_STEPS;
    const struct comparison comparison = {clause->op, &clause->operand, as_of_ms, &steps_left};
    enum clause_cause cause;
    return operator_judge(&comparison, actual, &cause);
}

enum truth clause_judge_nothing(const struct clause *clause)
{
    return rule_nothing(clause, CAUSE_MISSING).truth;
}

enum truth clause_judge(const struct clause *clause, const struct judge *judge)
{
    return judge->cache == NULL ? clause_judge_anew(clause, judge) : judge_clause(judge, clause);
}
