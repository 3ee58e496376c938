// SPDX-License-Identifier: MIT
#include "clause.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "clause_tree.h"
#include "domain/suggest.h"
#include "evidence_text.h"
#include "judge.h"

#include <string.h>

enum { QUOTED_BYTES = 512, QUOTED_NAME_BYTES = 60, RIGHT_BYTES = 2048 };

const char *const CLAUSE_QUANTIFIERS[] = {"all", "any", "none"};

static const char *const CLAUSE_MEMBERS[] = {"featurePath", "featureSource", "operator",
                                             "desired",     "quantifier",    "children"};

// Some vendor samples carry an empty list of children in a clause (alibaba-config.md 3.1).
static void check_children(struct compile *compile, json_t *node)
{
    json_t *children = json_object_get(node, "children");
    if (children != NULL && !(json_is_array(children) && json_array_size(children) == 0)) {
        compile_complain(compile, "children", "rule.condition.children",
                         "a clause has no children; those of a group stand beside \"and\" or "
                         "\"or\"");
    }
}

static void refuse_operator(struct compile *compile, const char *name)
{
    const char *nearest = operator_suggest(name);
    struct buf right;
    struct buf quoted;
    buf_init(&right, RIGHT_BYTES);
    buf_init(&quoted, QUOTED_BYTES);
    text_quote(&quoted, name, strlen(name), QUOTED_NAME_BYTES);
    if (nearest != NULL) {
        (void)buf_append_format(&right, "did you mean \"%s\"?", nearest);
    } else {
        (void)buf_append_text(&right, "and, or, or one of these is right: ");
        operator_list(&right);
    }
    compile_complain(compile, "operator", "rule.operator.unknown", "unknown operator %s; %s",
                     buf_text(&quoted), buf_text(&right));
    buf_deinit(&quoted);
    buf_deinit(&right);
}

// An operator that is not there may be there misspelt. True when it is.
static bool refuse_misspelt_operator(struct compile *compile, json_t *node)
{
    static const char *const OPERATOR[] = {"operator"};
    const char *name;
    json_t *value;
    json_object_foreach(node, name, value)
    {
        if (suggest_nearest(name, OPERATOR, 1) != NULL) {
            compile_complain(compile, name, "rule.condition.member",
                             "unknown member \"%s\"; did you mean \"operator\"?", name);
            return true;
        }
    }
    return false;
}

static const struct condition_operator *compile_operator(struct compile *compile, json_t *node)
{
    if (json_object_get(node, "operator") == NULL && refuse_misspelt_operator(compile, node)) {
        return NULL;
    }
    const char *name = compile_text(compile, node, "operator");
    if (name == NULL) {
        return NULL;
    }
    const struct condition_operator *op = operator_find(name);
    if (op == NULL) {
        refuse_operator(compile, name);
    } else if (operator_is_own(op)) {
        compile_refuse_own(compile, "operator", op->name);
    }
    return op;
}

// `desired` of an operator without operand says nothing; the vendor allows it to be there and empty
// (alibaba-config.md 3.1).
static void compile_no_operand(struct compile *compile, const struct condition_operator *op,
                               const json_t *desired)
{
    bool is_empty = desired == NULL || json_is_null(desired) ||
                    (json_is_string(desired) && json_string_length(desired) == 0);
    if (!is_empty) {
        compile_complain(compile, "desired", "rule.desired.invalid",
                         "%s takes no desired value; leave it out", op->name);
    }
}

static void compile_operand(struct compile *compile, json_t *node,
                            const struct condition_operator *op, struct operand *operand)
{
    json_t *desired = json_object_get(node, "desired");
    if (op->operand == OPERAND_NONE) {
        compile_no_operand(compile, op, desired);
        return;
    }
    struct err err = ERR_INIT;
    if (compile_is_misspelt(compile, node, "desired") ||
        operand_compile(op, desired, operand, &err) == ERR_OK) {
        return;
    }
    if (desired == NULL) {
        compile_complain(compile, NULL, "rule.desired.missing", "%s", err.message);
    } else {
        compile_complain(compile, "desired", "rule.desired.invalid", "%s", err.message);
    }
}

static bool is_for_single_values(const struct condition_operator *op)
{
    return op->reach == REACH_NODE || op->reach == REACH_ELEMENT;
}

static void compile_quantifier(struct compile *compile, json_t *node, struct clause *clause)
{
    if (json_object_get(node, "quantifier") == NULL) {
        return;
    }
    compile_refuse_own(compile, "quantifier", "quantifier");
    const char *name = compile_text(compile, node, "quantifier");
    if (name != NULL && !is_for_single_values(clause->op)) {
        compile_complain(compile, "quantifier", "rule.quantifier.operator",
                         "%s looks at all values together; leave the quantifier out",
                         clause->op->name);
        return;
    }
    for (size_t i = 0; name != NULL && i < ARRAY_LEN(CLAUSE_QUANTIFIERS); i++) {
        if (strcmp(CLAUSE_QUANTIFIERS[i], name) == 0) {
            clause->quantifier = (enum quantifier)i;
            return;
        }
    }
    if (name != NULL) {
        compile_complain(compile, "quantifier", "rule.quantifier.unknown",
                         "unknown quantifier; \"all\" (as without one), \"any\" or \"none\" is "
                         "right");
    }
}

struct clause *clause_compile(struct compile *compile, json_t *node)
{
    // Without a known operator nothing else can be said of the node, not even that it is a clause.
    const struct condition_operator *op = compile_operator(compile, node);
    if (op == NULL) {
        return NULL;
    }
    struct clause *clause = mem_alloc(1, sizeof(*clause));
    clause->op = op;
    clause->missing_is_insufficient = compile->rule->missing_is_insufficient;
    size_t errors_before = compile->diags->errors;
    compile_expect_members(compile, node,
                           (struct compile_names){CLAUSE_MEMBERS, ARRAY_LEN(CLAUSE_MEMBERS)});
    check_children(compile, node);
    feature_source_compile(compile, node, &clause->source);
    compile_operand(compile, node, op, &clause->operand);
    compile_quantifier(compile, node, clause);
    if (compile->diags->errors != errors_before) {
        clause_destroy(&clause);
    }
    return clause;
}

void clause_destroy(struct clause **clause)
{
    if (*clause == NULL) {
        return;
    }
    feature_source_deinit(&(*clause)->source);
    operand_deinit(&(*clause)->operand);
    mem_free(clause);
}

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

static struct ruling rule_elements(const struct clause *clause, const struct feature *feature)
{
    struct feature_elements elements = feature_elements(feature);
    return feature_elements_next(&elements)
               ? rule_passing(operator_judge_list(clause->op, &clause->operand, feature))
               : rule_nothing(clause, CAUSE_NO_ELEMENT);
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

// The value that decided, or all that was found when none decided alone.
static void explain_value(const struct feature *feature, const struct ruling *ruling,
                          struct evidence *evidence)
{
    if (ruling->cause == CAUSE_COUNT) {
        (void)buf_append_format(&evidence->configuration, "%zu", ruling->count);
        return;
    }
    if (ruling->node == RULING_NO_NODE && feature->nodes.count > 1) {
        evidence_list(&evidence->configuration, feature->nodes.items, feature->nodes.count);
        return;
    }
    if (feature->nodes.count == 0) {
        return;
    }
    struct value node = feature->nodes.items[ruling->node == RULING_NO_NODE ? 0 : ruling->node];
    struct value value =
        ruling->element == RULING_NO_NODE ? node : value_element(node, ruling->element);
    if (value_kind(value) != VALUE_NULL) {
        evidence_value(&evidence->configuration, value);
    }
}

// Where the node stands, in its document.
static void append_place(const struct clause *clause, const struct judge *judge,
                         const struct feature *feature, size_t node, struct buf *out)
{
    const char *known = judge_property(judge, clause);
    if (known != NULL) {
        (void)buf_append_text(out, known);
    } else {
        feature_locate(feature, node, out);
    }
}

static void explain_property(const struct clause *clause, const struct judge *judge,
                             const struct feature *feature, const struct ruling *ruling,
                             struct evidence *evidence)
{
    bool is_one_node = feature->nodes.count == 1 || ruling->node != RULING_NO_NODE;
    if (feature->fault != CAUSE_NONE || !is_one_node) {
        evidence_quote(&evidence->property, span_of(jsonpath_text(clause->source.path)));
        return;
    }
    struct buf place;
    buf_init(&place, LIMIT_RECORD_BYTES);
    append_place(clause, judge, feature, ruling->node == RULING_NO_NODE ? 0 : ruling->node, &place);
    if (ruling->element != RULING_NO_NODE) {
        (void)buf_append_format(&place, "[%zu]", ruling->element);
    }
    evidence_quote(&evidence->property, (struct span){buf_text(&place), place.len});
    buf_deinit(&place);
}

void clause_explain(const struct clause *clause, const struct judge *judge,
                    struct evidence *evidence)
{
    evidence_reset(evidence);
    struct feature own = {0};
    const struct feature *feature = judge_feature(judge, clause, &own);
    struct ruling ruling = clause_rule(clause, feature, judge->subject.as_of_ms);
    if (feature->fault == CAUSE_NONE) {
        explain_value(feature, &ruling, evidence);
    }
    explain_property(clause, judge, feature, &ruling, evidence);
    if (clause->operand.text != NULL) {
        (void)buf_append_text(&evidence->desired_value, clause->operand.text);
    }
    (void)buf_append_text(&evidence->operator_name, clause->op->name);
    if (clause->quantifier != QUANTIFIER_ALL) {
        (void)buf_append_format(&evidence->operator_name, " (%s)",
                                CLAUSE_QUANTIFIERS[clause->quantifier]);
    }
    (void)buf_append_text(&evidence->reason, clause_cause_text(ruling.cause));
    feature_deinit(&own);
}
