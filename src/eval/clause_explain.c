// SPDX-License-Identifier: MIT
//
// What decided a clause, as a finding tells it: property, value, what was desired, and why.
#include "base/limits.h"
#include "clause_tree.h"
#include "evidence_text.h"
#include "judge.h"

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
        feature_locate(feature, &judge->subject, node, out);
    }
}

static void explain_property(const struct clause *clause, const struct judge *judge,
                             const struct feature *feature, const struct ruling *ruling,
                             struct evidence *evidence)
{
    bool is_one_node = feature->nodes.count == 1 || ruling->node != RULING_NO_NODE;
    struct buf place;
    buf_init(&place, LIMIT_RECORD_BYTES);
    if (feature->fault != CAUSE_NONE || !is_one_node) {
        feature_source_append(&clause->source, &place);
    } else {
        append_place(clause, judge, feature, ruling->node == RULING_NO_NODE ? 0 : ruling->node,
                     &place);
    }
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
