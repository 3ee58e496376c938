// SPDX-License-Identifier: MIT
#include "explain_view.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    INDENT = 2,
    VALUE_COLUMNS = 160, // of a value; --json has all of it
    CLAUSE_COLUMNS = 120,
};

static const char MARK_YES[] = "✓";
static const char MARK_NO[] = "✗";

// ---- text

static void indent(struct buf *out, size_t depth)
{
    for (size_t i = 0; i < depth * INDENT; i++) {
        (void)buf_append_char(out, ' ');
    }
}

static void append_value(struct buf *out, const char *value)
{
    if (value[0] == '\0') {
        (void)buf_append_text(out, "\"\"");
    } else {
        style_append_value(out, value, VALUE_COLUMNS);
    }
}

void explain_view_clause(const struct explain_node *node, struct buf *out)
{
    if (node->source != NULL && strcmp(node->source, "CONFIGURATION") != 0) {
        style_append_value(out, node->source, CLAUSE_COLUMNS);
        (void)buf_append_char(out, ' ');
    }
    style_append_value(out, node->path != NULL ? node->path : "", CLAUSE_COLUMNS);
    (void)buf_append_format(out, " %s", node->operator_name);
    if (node->quantifier != NULL) {
        (void)buf_append_format(out, " (%s)", node->quantifier);
    }
    if (node->desired != NULL) {
        (void)buf_append_char(out, ' ');
        append_value(out, node->desired);
    }
}

// In a policy_rule a condition that holds counts against the resource.
static void append_mark(struct buf *out, struct style style, const struct explain_node *node,
                        bool is_policy)
{
    if (node->truth == EXPLAIN_UNKNOWN) {
        style_append(out, style, STYLE_YELLOW, "?");
    } else if ((node->truth == EXPLAIN_TRUE) != is_policy) {
        style_append(out, style, STYLE_GREEN, MARK_YES);
    } else {
        style_append(out, style, STYLE_RED, MARK_NO);
    }
}

static void append_holds(struct buf *out, struct style style, const struct explain_node *node)
{
    const char *text = node->truth == EXPLAIN_TRUE    ? "  holds"
                       : node->truth == EXPLAIN_FALSE ? "  does not hold"
                                                      : "  is unknown";
    style_append(out, style, STYLE_DIM, text);
}

// What was found, and where, when that is not where the path says.
static void append_found(struct buf *out, struct style style, const struct explain_node *node)
{
    struct buf text;
    buf_init(&text, out->limit);
    (void)buf_append_text(&text, "found ");
    bool is_part = node->has_value && strcmp(node->found, node->selected) != 0;
    if (!node->has_value) {
        (void)buf_append_text(&text, "nothing");
    } else {
        append_value(&text, is_part ? node->found : node->selected);
    }
    if (is_part) {
        (void)buf_append_text(&text, " at ");
        style_append_value(&text, node->property, VALUE_COLUMNS);
        (void)buf_append_text(&text, " of ");
        append_value(&text, node->selected);
    }
    if (node->wanted != NULL) {
        (void)buf_append_text(&text, "; the pattern is ");
        append_value(&text, node->wanted);
    }
    style_append(out, style, STYLE_DIM, buf_text(&text));
    buf_deinit(&text);
}

static void append_node(struct buf *out, struct style style, const struct explain_node *node,
                        bool is_policy, size_t depth)
{
    indent(out, depth);
    append_mark(out, style, node, is_policy);
    (void)buf_append_char(out, ' ');
    bool is_leaf = node->count == 0;
    struct buf line;
    buf_init(&line, out->limit);
    if (is_leaf) {
        explain_view_clause(node, &line);
    } else {
        (void)buf_append_text(&line, node->operator_name);
    }
    style_append(out, style, is_leaf && node->is_deciding ? STYLE_BOLD : "", buf_text(&line));
    buf_deinit(&line);
    if (is_policy) {
        append_holds(out, style, node);
    }
    if (is_leaf && node->is_deciding) {
        style_append(out, style, STYLE_BOLD, "  ◀ decides");
    }
    (void)buf_append_char(out, '\n');
    if (is_leaf) {
        indent(out, depth + 2);
        append_found(out, style, node);
        if (node->reason[0] != '\0') {
            (void)buf_append_text(out, ": ");
            (void)buf_append_text(out, node->reason);
        }
        (void)buf_append_char(out, '\n');
    }
    for (size_t i = 0; i < node->count; i++) {
        append_node(out, style, &node->children[i], is_policy, depth + 1);
    }
}

static const char *color_of(enum outcome outcome)
{
    return outcome == OUTCOME_COMPLIANT       ? STYLE_GREEN
           : outcome == OUTCOME_NON_COMPLIANT ? STYLE_RED
                                              : STYLE_YELLOW;
}

static void append_head(struct buf *out, struct style style, const struct explanation *explanation)
{
    style_append(out, style, STYLE_BOLD, explanation->rule->id);
    if (strcmp(explanation->rule->name, explanation->rule->id) != 0) {
        (void)buf_append_text(out, "  ");
        style_append_value(out, explanation->rule->name, CLAUSE_COLUMNS);
    }
    (void)buf_append_char(out, '\n');
    style_append_value(out, explanation->resource_type, CLAUSE_COLUMNS);
    (void)buf_append_char(out, ' ');
    style_append_value(out, explanation->resource_id, CLAUSE_COLUMNS);
    if (explanation->resource_name[0] != '\0') {
        (void)buf_append_text(out, "  ");
        style_append_value(out, explanation->resource_name, CLAUSE_COLUMNS);
    }
    (void)buf_append_text(out, "\n\n");
    style_append(out, style, color_of(explanation->outcome), outcome_text(explanation->outcome));
    (void)buf_append_char(out, '\n');
}

void explain_view_text(const struct explanation *explanation, struct style style, struct buf *out)
{
    append_head(out, style, explanation);
    for (size_t i = 0; i < explanation->bar_count; i++) {
        const struct explain_bar *bar = &explanation->bars[i];
        (void)buf_append_format(out, "  %s: ", bar->member);
        style_append_value(out, bar->sentence, VALUE_COLUMNS);
        (void)buf_append_char(out, '\n');
    }
    if (explanation->root == NULL) {
        return;
    }
    if (explanation->is_policy) {
        (void)buf_append_text(out, "The rule describes a violation: what holds counts against the "
                                   "resource.\n");
    }
    append_node(out, style, explanation->root, explanation->is_policy, 0);
}

// ---- JSON

static void put(json_t *object, const char *name, const char *text)
{
    if (text != NULL) {
        (void)json_object_set_new(object, name, json_string(text));
    }
}

static const char *result_of(const struct explain_node *node, bool is_policy)
{
    if (node->truth == EXPLAIN_UNKNOWN) {
        return outcome_text(OUTCOME_INSUFFICIENT_DATA);
    }
    bool is_compliant = (node->truth == EXPLAIN_TRUE) != is_policy;
    return outcome_text(is_compliant ? OUTCOME_COMPLIANT : OUTCOME_NON_COMPLIANT);
}

static json_t *truth_json(enum explain_truth truth)
{
    return truth == EXPLAIN_UNKNOWN ? json_null() : json_boolean(truth == EXPLAIN_TRUE);
}

static void put_clause(json_t *object, const struct explain_node *node, bool is_policy)
{
    if (is_policy) {
        put(object, "value", node->path);
        put(object, "valueFound", node->selected);
        put(object, "pattern", node->desired);
        put(object, "patternFound", node->wanted);
    } else {
        put(object, "featurePath", node->path);
        put(object, "featureSource", node->source);
        put(object, "desired", node->desired != NULL ? node->desired : "");
        put(object, "featureValue", node->selected);
        put(object, "quantifier", node->quantifier);
        put(object, "found", node->found);
        put(object, "property", node->property);
    }
    if (node->reason[0] != '\0') {
        put(object, "reason", node->reason);
    }
}

static json_t *node_json(const struct explain_node *node, bool is_policy)
{
    json_t *object = json_object();
    put(object, "operator", node->operator_name);
    put(object, "result", result_of(node, is_policy));
    if (is_policy) {
        (void)json_object_set_new(object, "holds", truth_json(node->truth));
    }
    if (node->count == 0) {
        put_clause(object, node, is_policy);
    }
    (void)json_object_set_new(object, "deciding", json_boolean(node->is_deciding));
    put(object, "pointer", node->pointer);
    json_t *children = json_array();
    for (size_t i = 0; i < node->count; i++) {
        (void)json_array_append_new(children, node_json(&node->children[i], is_policy));
    }
    (void)json_object_set_new(object, "children", children);
    return object;
}

static json_t *evidence_json(const struct evidence *evidence)
{
    json_t *object = json_object();
    put(object, "configuration", buf_text(&evidence->configuration));
    put(object, "desiredValue", buf_text(&evidence->desired_value));
    put(object, "operator", buf_text(&evidence->operator_name));
    put(object, "property", buf_text(&evidence->property));
    put(object, "reason", buf_text(&evidence->reason));
    return object;
}

static json_t *bars_json(const struct explanation *explanation)
{
    json_t *bars = json_array();
    for (size_t i = 0; i < explanation->bar_count; i++) {
        json_t *bar = json_object();
        put(bar, "member", explanation->bars[i].member);
        put(bar, "reason", explanation->bars[i].sentence);
        (void)json_array_append_new(bars, bar);
    }
    return bars;
}

// The vendor's member is text that holds JSON.
static void put_context(json_t *object, const struct explanation *explanation)
{
    json_t *tree = node_json(explanation->root, explanation->is_policy);
    char *text = json_dumps(tree, JSON_COMPACT);
    ENSURE(text != NULL);
    put(object, "RuleConditionContext", text);
    free(text);
    json_decref(tree);
}

json_t *explain_view_json(const struct explanation *explanation, int64_t as_of_ms)
{
    json_t *object = json_object();
    char as_of[TEXT_TIME_BYTES];
    text_time(as_of_ms, as_of);
    put(object, "ComplianceType", outcome_text(explanation->outcome));
    put(object, "ruleId", explanation->rule->id);
    put(object, "ruleName", explanation->rule->name);
    put(object, "resourceId", explanation->resource_id);
    put(object, "resourceType", explanation->resource_type);
    put(object, "asOf", as_of);
    if (explanation->root == NULL) {
        (void)json_object_set_new(object, "notApplicable", bars_json(explanation));
        return object;
    }
    put_context(object, explanation);
    if (explanation->outcome != OUTCOME_COMPLIANT) {
        (void)json_object_set_new(object, "evidence", evidence_json(&explanation->evidence));
    }
    return object;
}
