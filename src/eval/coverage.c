// SPDX-License-Identifier: MIT
#include "eval/coverage.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "operators.h"
#include "rules.h"

#include <string.h>

// NOLINTNEXTLINE(misc-redundant-expression): two names, which are to stay the same
_Static_assert(CASE_NO_INSTANT == NO_INSTANT, "a case says it as the judge does");

enum { SENTENCE_BYTES = 4096, QUOTED_BYTES = 120 };

static const char CASE_RESOURCE_ID[] = "case";

static void add_leaves(struct coverage *coverage, size_t rule, const struct explain_node *node)
{
    if (node->count == 0) {
        coverage->clauses = mem_grow(coverage->clauses, &coverage->capacity, coverage->count + 1,
                                     sizeof(*coverage->clauses));
        coverage->clauses[coverage->count++] =
            (struct coverage_clause){.rule = rule, .clause = node};
    }
    for (size_t i = 0; i < node->count; i++) {
        add_leaves(coverage, rule, &node->children[i]);
    }
}

struct coverage *coverage_create(const struct eval_rules *rules)
{
    struct coverage *coverage = mem_alloc(1, sizeof(*coverage));
    size_t rule_count = rules->set.count;
    coverage->rules = rules;
    coverage->first = mem_alloc(rule_count, sizeof(*coverage->first));
    coverage->outlines = mem_alloc(rule_count, sizeof(struct explain_node *));
    for (size_t i = 0; i < rule_count; i++) {
        coverage->outlines[i] = explain_outline(rules, i);
        coverage->first[i] = coverage->count;
        if (coverage->outlines[i] != NULL) {
            add_leaves(coverage, i, coverage->outlines[i]);
        }
    }
    return coverage;
}

void coverage_destroy(struct coverage **coverage)
{
    if (*coverage == NULL) {
        return;
    }
    for (size_t i = 0; i < (*coverage)->rules->set.count; i++) {
        explain_outline_destroy(&(*coverage)->outlines[i]);
    }
    mem_free(&(*coverage)->outlines);
    mem_free(&(*coverage)->first);
    mem_free(&(*coverage)->clauses);
    mem_free(coverage);
}

struct score coverage_score(const struct coverage *coverage)
{
    struct score score = {.denominator = 2 * (uint64_t)coverage->count};
    for (size_t i = 0; i < coverage->count; i++) {
        score.numerator += coverage->clauses[i].was_true ? 1 : 0;
        score.numerator += coverage->clauses[i].was_false ? 1 : 0;
    }
    return score;
}

static void cover(struct coverage_clause *clauses, const struct explain_node *node)
{
    if (node->count == 0) {
        struct coverage_clause *clause = &clauses[node->ordinal];
        clause->was_true = clause->was_true || node->truth == EXPLAIN_TRUE;
        clause->was_false = clause->was_false || node->truth == EXPLAIN_FALSE;
        clause->was_unknown = clause->was_unknown || node->truth == EXPLAIN_UNKNOWN;
    }
    for (size_t i = 0; i < node->count; i++) {
        cover(clauses, &node->children[i]);
    }
}

// ---- one case

static void set_default(json_t *record, const char *member, const char *text)
{
    if (json_object_get(record, member) == NULL) {
        (void)json_object_set_new(record, member, json_string(text));
    }
}

// The resource of a case as the text of a record, as long as it may be; mem_free.
static char *record_text(const struct rule_case *item, const struct rule *rule)
{
    json_t *record = json_copy(item->resource);
    set_default(record, "resourceType", rule->resource_types.items[0]);
    set_default(record, "resourceId", CASE_RESOURCE_ID);
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    value_append(&text, value_of_json(record), 0);
    json_decref(record);
    return buf_take(&text);
}

static struct case_result untried(char *take_sentence)
{
    return (struct case_result){.difference = take_sentence, .found = OUTCOME_ERROR};
}

static void quote(struct buf *out, const char *text)
{
    text_quote(out, text, strlen(text), QUOTED_BYTES);
}

static struct case_result refuse_rule(const struct rule_set *set, const char *id)
{
    struct buf sentence;
    buf_init(&sentence, SENTENCE_BYTES);
    (void)buf_append_text(&sentence, "no rule has the id ");
    quote(&sentence, id);
    const char *nearest = rule_set_suggest(set, id);
    if (nearest != NULL) {
        (void)buf_append_format(&sentence, "; did you mean \"%s\"?", nearest);
    }
    return untried(buf_take(&sentence));
}

// What was found in place of the outcome that was expected, and by which clause.
static void append_found(struct buf *out, const struct explanation *explanation)
{
    (void)buf_append_format(out, "found %s", outcome_text(explanation->outcome));
    if (explanation->bar_count > 0) {
        (void)buf_append_format(out, " (%s: %s)", explanation->bars[0].member,
                                explanation->bars[0].sentence);
    } else if (explanation->outcome != OUTCOME_COMPLIANT) {
        const struct evidence *evidence = &explanation->evidence;
        (void)buf_append_text(out, " (");
        (void)buf_append_text(out, buf_text(&evidence->property));
        (void)buf_append_format(out, " is %s", evidence->configuration.len > 0 ? "" : "nothing");
        if (evidence->configuration.len > 0) {
            quote(out, buf_text(&evidence->configuration));
        }
        (void)buf_append_format(out, ", %s ", buf_text(&evidence->operator_name));
        quote(out, buf_text(&evidence->desired_value));
        (void)buf_append_format(out, ": %s)", buf_text(&evidence->reason));
    }
}

// Appends each member of the evidence that is not as expected.
static void compare_evidence(const struct rule_case *item, const struct evidence *found,
                             struct buf *out)
{
    const struct buf *const texts[] = {
        [CASE_CONFIGURATION] = &found->configuration,
        [CASE_DESIRED_VALUE] = &found->desired_value,
        [CASE_OPERATOR] = &found->operator_name,
        [CASE_PROPERTY] = &found->property,
        [CASE_REASON] = &found->reason,
    };
    for (size_t i = 0; i < CASE_MEMBERS; i++) {
        if (item->evidence[i] == NULL || strcmp(item->evidence[i], buf_text(texts[i])) == 0) {
            continue;
        }
        (void)buf_append_format(out, "%s%s: expected ", out->len > 0 ? "; " : "",
                                case_member_text((enum case_member)i));
        quote(out, item->evidence[i]);
        (void)buf_append_text(out, ", found ");
        quote(out, buf_text(texts[i]));
    }
}

static struct case_result compare(const struct rule_case *item,
                                  const struct explanation *explanation)
{
    struct buf difference;
    buf_init(&difference, SENTENCE_BYTES);
    if (explanation->outcome != item->expected) {
        (void)buf_append_format(&difference, "expected %s, ", outcome_text(item->expected));
        append_found(&difference, explanation);
    } else {
        compare_evidence(item, &explanation->evidence, &difference);
    }
    struct case_result result = {.found = explanation->outcome};
    result.difference = difference.len > 0 ? buf_take(&difference) : NULL;
    buf_deinit(&difference);
    return result;
}

struct case_result coverage_run_case(struct coverage *coverage, const struct rule_case *item)
{
    const struct rule_set *set = &coverage->rules->set;
    const struct rule *rule = rule_set_find(set, item->rule);
    if (rule == NULL) {
        return refuse_rule(set, item->rule);
    }
    if (rule->broken) {
        return untried(mem_format("the rule is broken: %s", rule->broken_reason));
    }
    size_t index = (size_t)(rule - set->rules);
    char *record = record_text(item, rule);
    const struct explain_input input = {.rules = coverage->rules,
                                        .index = index,
                                        .record = span_of(record),
                                        .as_of_ms = item->as_of_ms};
    struct explanation *explanation = NULL;
    struct err err = ERR_INIT;
    struct case_result result;
    if (explain_create(&input, &explanation, &err) == ERR_OK) {
        result = compare(item, explanation);
        if (explanation->root != NULL) {
            cover(&coverage->clauses[coverage->first[index]], explanation->root);
        }
    } else {
        result = untried(mem_format("the resource is no record: %s", err.message));
    }
    explain_destroy(&explanation);
    mem_free(&record);
    return result;
}

void case_result_deinit(struct case_result *result)
{
    mem_free(&result->difference);
}
