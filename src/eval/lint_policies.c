// SPDX-License-Identifier: MIT
//
// Policies that cannot come out both ways. Conditions on the same template are judged together on
// one value of each kind that they tell apart: what they want, other texts, and numbers at, between
// and beside those wanted. Different templates are taken to be independent. What looks into lists
// and objects, or compares with another template, may be anything.
#include "lint_private.h"

#include "base/limits.h"
#include "base/mem.h"
#include "domain/json_number.h"
#include "policy_tree.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEPS_MAX = 1000 * 1000, // nodes looked at in all combinations; past it templates are untied
    TEXT_BYTES = 1024,
    DIGITS_BYTES = 24, // of an integer of 64 bits
    ANYTHING = 1 << TRUTH_FALSE | 1 << TRUTH_UNKNOWN | 1 << TRUTH_TRUE,
};

// Numbers of which halves, and texts with all digits, are exact.
static const double NUMBER_MAX = 1e9;
static const double NUMBER_MIN = 1e-3;

struct node {
    const struct policy *policy;
    const struct explain_node *outline;
    size_t end;      // behind all that stands below it
    unsigned alone;  // of a condition: the truths that it can have
    unsigned now;    // of a condition: likewise, in the combination that is looked at
    unsigned truths; // in all combinations
};

// Conditions on one template, and what they can be together: a row of truths for each value.
struct tie {
    size_t *nodes;
    size_t count;
    uint8_t *rows;
    size_t row_count;
    size_t at;
};

struct check {
    struct lint *lint;
    const struct rule *rule;
    struct node *nodes;
    size_t count;
    struct tie *ties;
    size_t tie_count;
};

// ---- the values that conditions tell apart

struct wanted {
    json_t *texts;   // array
    json_t *numbers; // array of reals
    bool is_beyond;  // of what is looked at
};

// Of more digits than a double keeps, its neighbours could not be told from it.
static void want_number(struct wanted *wanted, const char *text)
{
    double number = strtod(text, NULL);
    double size = fabs(number);
    if (strlen(text) > DBL_DIG || (size != 0 && (size < NUMBER_MIN || size > NUMBER_MAX))) {
        wanted->is_beyond = true;
        return;
    }
    (void)json_array_append_new(wanted->numbers, json_real(number));
}

static void want(struct wanted *wanted, const json_t *pattern)
{
    if (json_text_is(pattern)) {
        (void)json_array_append(wanted->texts, (json_t *)pattern);
        if (policy_is_number(value_of_json(pattern))) {
            want_number(wanted, json_string_value(pattern));
        }
    } else if (json_number_is_written(pattern)) {
        want_number(wanted, json_number_text(pattern).bytes); // with a NUL, as jansson keeps it
    } else if (json_is_integer(pattern)) {
        char digits[DIGITS_BYTES];
        (void)snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT,
                       json_integer_value(pattern));
        want_number(wanted, digits);
    } else if (json_is_array(pattern) || json_is_object(pattern)) {
        wanted->is_beyond = true;
    }
}

static void want_all(struct wanted *wanted, const struct policy *condition)
{
    const json_t *pattern = condition->pattern.literal;
    if (!condition->comparator->takes_list) {
        want(wanted, pattern);
        return;
    }
    size_t index;
    json_t *element;
    json_array_foreach((json_t *)pattern, index, element)
    {
        want(wanted, element);
    }
}

static int compare_numbers(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

// A number, and a text that reads as it and is written as nobody writes it.
static void add_number(json_t *values, double number)
{
    char *text = mem_format("%.17ge000", number);
    const struct span digits = {text, strlen(text) - strlen("e000")};
    (void)json_array_append_new(values, json_number_new(digits));
    (void)json_array_append_new(values, json_string(text));
    mem_free(&text);
}

static void add_numbers(json_t *values, const json_t *wanted)
{
    size_t count = json_array_size(wanted);
    double *sorted = mem_alloc(count + 1, sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        sorted[i] = json_real_value(json_array_get(wanted, i));
    }
    qsort(sorted, count, sizeof(*sorted), compare_numbers);
    for (size_t i = 0; i < count; i++) {
        add_number(values, sorted[i]);
        add_number(values, i + 1 < count ? (sorted[i] + sorted[i + 1]) / 2 : sorted[i] + 1);
    }
    add_number(values, count > 0 ? sorted[0] - 1 : 0);
    mem_free(&sorted);
}

// A text that is no number and none of those wanted: it is longer.
static void add_other_text(json_t *values, const json_t *wanted)
{
    struct buf text;
    buf_init(&text, LIMIT_RULE_FILE_BYTES);
    (void)buf_append_text(&text, "x_");
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        (void)buf_append_text(&text, json_string_value(json_array_get(wanted, i)));
    }
    (void)json_array_append_new(values, json_string(buf_text(&text)));
    buf_deinit(&text);
}

static json_t *values_for(const struct wanted *wanted)
{
    json_t *values = json_pack("[n,b,b,[],{}]", 1, 0);
    (void)json_array_extend(values, wanted->texts);
    add_other_text(values, wanted->texts);
    add_numbers(values, wanted->numbers);
    return values;
}

// ---- conditions on one template

// What equality and order can be told of by a value of each kind.
static bool is_plain(const struct policy *condition)
{
    const char *name = condition->comparator->name;
    return condition->value.expression != NULL && condition->pattern.literal != NULL &&
           (condition->comparator->accepts != 0 || condition->comparator->takes_list ||
            strcmp(name, "equals") == 0 || strcmp(name, "notEquals") == 0);
}

static void add_row(struct tie *tie, const uint8_t *row)
{
    for (size_t i = 0; i < tie->row_count; i++) {
        if (memcmp(tie->rows + i * tie->count, row, tie->count) == 0) {
            return;
        }
    }
    tie->rows = mem_resize(tie->rows, (tie->row_count + 1) * tie->count, 1);
    memcpy(tie->rows + tie->row_count * tie->count, row, tie->count);
    tie->row_count++;
}

static void judge_values(const struct check *check, struct tie *tie, const json_t *values)
{
    uint8_t *row = mem_alloc(tie->count, sizeof(*row));
    memset(row, TRUTH_UNKNOWN, tie->count); // where nothing is found
    add_row(tie, row);
    for (size_t i = 0; i < json_array_size(values); i++) {
        struct value value = value_of_json(json_array_get(values, i));
        for (size_t j = 0; j < tie->count; j++) {
            const struct policy *condition = check->nodes[tie->nodes[j]].policy;
            row[j] = (uint8_t)policy_compare(condition->comparator, value,
                                             value_of_json(condition->pattern.literal),
                                             policy_ignores_case(condition));
        }
        add_row(tie, row);
    }
    mem_free(&row);
}

static void fill_tie(struct check *check, struct tie *tie)
{
    struct wanted wanted = {.texts = json_array(), .numbers = json_array()};
    for (size_t i = 0; i < tie->count; i++) {
        want_all(&wanted, check->nodes[tie->nodes[i]].policy);
    }
    if (!wanted.is_beyond) {
        json_t *values = values_for(&wanted);
        judge_values(check, tie, values);
        json_decref(values);
        for (size_t i = 0; i < tie->count; i++) {
            struct node *node = &check->nodes[tie->nodes[i]];
            node->alone = 0;
            for (size_t row = 0; row < tie->row_count; row++) {
                node->alone |= 1U << tie->rows[row * tie->count + i];
            }
        }
    }
    json_decref(wanted.texts);
    json_decref(wanted.numbers);
}

static void tie_condition(struct check *check, size_t index)
{
    const struct policy *condition = check->nodes[index].policy;
    struct tie *tie = NULL;
    for (size_t i = 0; i < check->tie_count && tie == NULL; i++) {
        const struct policy *first = check->nodes[check->ties[i].nodes[0]].policy;
        tie = strcmp(first->value.text, condition->value.text) == 0 ? &check->ties[i] : NULL;
    }
    if (tie == NULL) {
        tie = &check->ties[check->tie_count++];
    }
    tie->nodes = mem_resize(tie->nodes, tie->count + 1, sizeof(*tie->nodes));
    tie->nodes[tie->count++] = index;
}

static void prepare(struct check *check)
{
    for (size_t i = 0; i < check->count; i++) {
        struct node *node = &check->nodes[i];
        if (node->policy->kind != POLICY_CONDITION) {
            continue;
        }
        const struct policy *condition = node->policy;
        node->alone = ANYTHING;
        if (condition->value.literal != NULL && condition->pattern.literal != NULL) {
            node->alone =
                1U << policy_compare(condition->comparator, value_of_json(condition->value.literal),
                                     value_of_json(condition->pattern.literal), false);
        } else if (is_plain(condition)) {
            tie_condition(check, i);
        }
    }
    for (size_t i = 0; i < check->tie_count; i++) {
        fill_tie(check, &check->ties[i]);
    }
}

// ---- the whole

// Kleene's `and` is the least, his `or` the greatest, of each with each.
static unsigned join(unsigned a, unsigned b, bool is_all)
{
    unsigned joined = 0;
    for (unsigned i = TRUTH_FALSE; i <= TRUTH_TRUE; i++) {
        for (unsigned j = TRUTH_FALSE; j <= TRUTH_TRUE; j++) {
            bool is_possible = (a >> i & 1) != 0 && (b >> j & 1) != 0;
            joined |= is_possible ? 1U << (is_all == (i < j) ? i : j) : 0;
        }
    }
    return joined;
}

static unsigned judge_node(struct check *check, size_t index)
{
    struct node *node = &check->nodes[index];
    unsigned truths = node->now;
    if (node->policy->kind != POLICY_CONDITION) {
        bool is_all = node->policy->kind == POLICY_ALL_OF;
        truths = is_all ? 1U << TRUTH_TRUE : 1U << TRUTH_FALSE;
        for (size_t at = index + 1; at < node->end; at = check->nodes[at].end) {
            truths = join(truths, judge_node(check, at), is_all);
        }
    }
    node->truths |= truths;
    return truths;
}

// A condition that is alone on its template goes with any other.
static bool is_bound(const struct tie *tie)
{
    return tie->count > 1 && tie->row_count > 0;
}

static bool next_combination(struct check *check)
{
    for (size_t i = 0; i < check->tie_count; i++) {
        struct tie *tie = &check->ties[i];
        if (is_bound(tie) && ++tie->at < tie->row_count) {
            return true;
        }
        tie->at = 0;
    }
    return false;
}

static void combine(struct check *check)
{
    size_t steps = check->count;
    for (size_t i = 0; i < check->tie_count; i++) {
        bool is_counted = is_bound(&check->ties[i]) && steps <= STEPS_MAX;
        steps *= is_counted ? check->ties[i].row_count : 1;
    }
    for (size_t i = 0; i < check->count; i++) {
        check->nodes[i].now = check->nodes[i].alone;
    }
    do {
        for (size_t i = 0; steps <= STEPS_MAX && i < check->tie_count; i++) {
            const struct tie *tie = &check->ties[i];
            for (size_t j = 0; is_bound(tie) && j < tie->count; j++) {
                check->nodes[tie->nodes[j]].now = 1U << tie->rows[tie->at * tie->count + j];
            }
        }
        (void)judge_node(check, 0);
    } while (steps <= STEPS_MAX && next_combination(check));
}

static bool can_be(const struct check *check, size_t node, enum truth truth)
{
    return (check->nodes[node].truths >> truth & 1) != 0;
}

static void append_reason(const struct check *check, size_t index, enum truth truth,
                          struct buf *out)
{
    const struct node *node = &check->nodes[index];
    if (node->policy->kind != POLICY_CONDITION) {
        (void)buf_append_text(out, "its conditions rule each other out");
        return;
    }
    lint_clause_text(node->outline, out);
    (void)buf_append_format(out, " is never %s, whatever a resource holds",
                            truth == TRUTH_TRUE ? "true" : "false");
}

static void report(const struct check *check, size_t index, enum truth truth)
{
    struct buf reason;
    buf_init(&reason, TEXT_BYTES);
    append_reason(check, index, truth, &reason);
    bool is_true = truth == TRUTH_TRUE;
    const char *pointer = check->nodes[index].outline->pointer;
    if (index == 0) { // a policy describes the violation
        lint_add(check->lint, is_true ? "lint.never.fails" : "lint.never.passes", check->rule,
                 pointer, "no resource can %s this rule: %s", is_true ? "fail" : "pass",
                 buf_text(&reason));
    } else {
        lint_add(check->lint, is_true ? "lint.branch.false" : "lint.branch.true", check->rule,
                 pointer, "this branch is never %s: %s", is_true ? "true" : "false",
                 buf_text(&reason));
    }
    buf_deinit(&reason);
}

// The outermost branches that cannot have a truth which the whole can have.
static void check_truth(const struct check *check, enum truth truth)
{
    if (!can_be(check, 0, truth)) {
        report(check, 0, truth);
        return;
    }
    for (size_t node = 1; node < check->count;) {
        if (can_be(check, node, truth)) {
            node++;
        } else {
            report(check, node, truth);
            node = check->nodes[node].end;
        }
    }
}

static size_t count_nodes(const struct policy *policy)
{
    size_t count = 1;
    for (size_t i = 0; i < policy->count; i++) {
        count += count_nodes(policy->children[i]);
    }
    return count;
}

static void add_nodes(struct check *check, const struct policy *policy,
                      const struct explain_node *outline)
{
    struct node *node = &check->nodes[check->count++];
    *node = (struct node){.policy = policy, .outline = outline};
    for (size_t i = 0; i < policy->count; i++) {
        add_nodes(check, policy->children[i], &outline->children[i]);
    }
    node->end = check->count;
}

static void check_policy(struct lint *lint, size_t index)
{
    const struct policy *policy = lint->rules->policies[index];
    size_t count = count_nodes(policy);
    struct check check = {.lint = lint, .rule = &lint->rules->set.rules[index]};
    check.nodes = mem_alloc(count, sizeof(*check.nodes));
    check.ties = mem_alloc(count, sizeof(*check.ties));
    add_nodes(&check, policy, lint->outlines[index]);
    prepare(&check);
    combine(&check);
    check_truth(&check, TRUTH_FALSE);
    if (can_be(&check, 0, TRUTH_TRUE) || can_be(&check, 0, TRUTH_FALSE)) {
        check_truth(&check, TRUTH_TRUE);
    }
    for (size_t i = 0; i < check.tie_count; i++) {
        mem_free(&check.ties[i].nodes);
        mem_free(&check.ties[i].rows);
    }
    mem_free(&check.ties);
    mem_free(&check.nodes);
}

void lint_check_policies(struct lint *lint)
{
    for (size_t i = 0; i < lint->rules->set.count; i++) {
        if (lint->rules->policies[i] != NULL) {
            check_policy(lint, i);
        }
    }
}
