// SPDX-License-Identifier: MIT
//
// Conditions that cannot come out both ways, and branches that are there twice.
#include "lint_private.h"

#include "base/mem.h"
#include "lint_logic.h"

enum { TEXT_BYTES = 1024 };

// One rule on its way, its nodes as logic numbers them.
struct check {
    struct lint *lint;
    const struct rule *rule;
    struct logic *logic;
    const struct explain_node **outlines; // by node
};

static size_t number_nodes(struct check *check, const struct explain_node *node, size_t at)
{
    check->outlines[at++] = node;
    for (size_t i = 0; i < node->count; i++) {
        at = number_nodes(check, &node->children[i], at);
    }
    return at;
}

static void append_clause(const struct check *check, size_t node, struct buf *out)
{
    lint_clause_text(check->outlines[node], out);
}

static size_t line_of(const struct check *check, size_t node)
{
    return lint_line(check->lint, check->rule->file, check->outlines[node]->pointer);
}

// "… and … are never both true (lines 4 and 5)"
static void append_pair(const struct check *check, const struct logic_reason *reason,
                        const char *what, struct buf *out)
{
    size_t line = line_of(check, reason->a);
    size_t other = line_of(check, reason->b);
    append_clause(check, reason->a, out);
    (void)buf_append_text(out, " and ");
    append_clause(check, reason->b, out);
    if (line == other) {
        (void)buf_append_format(out, " %s (line %zu)", what, line);
    } else {
        (void)buf_append_format(out, " %s (lines %zu and %zu)", what, line, other);
    }
}

static void append_lone(const struct check *check, size_t node, struct buf *out)
{
    bool is_never_true = (logic_truths(check->logic, node) & LOGIC_TRUE) == 0;
    append_clause(check, node, out);
    (void)buf_append_format(out, " is never %s, whatever a resource holds",
                            is_never_true ? "true" : "false");
}

static void append_reason(const struct check *check, size_t node, enum truth truth, struct buf *out)
{
    struct logic_reason reason = logic_reason(check->logic, node, truth);
    switch (reason.cause) {
    case LOGIC_CLAUSE:
        append_lone(check, reason.a, out);
        return;
    case LOGIC_NEVER_BOTH_TRUE:
        append_pair(check, &reason, "are never both true", out);
        return;
    case LOGIC_NEVER_BOTH_FALSE:
        append_pair(check, &reason, "are never both false", out);
        return;
    case LOGIC_PAIR:
        append_pair(check, &reason, "do not go together so", out);
        return;
    case LOGIC_FEATURE:
        (void)buf_append_format(out, "its clauses on %s rule each other out",
                                check->outlines[reason.a]->path);
        return;
    case LOGIC_ALL:
        break;
    }
    (void)buf_append_text(out, "its clauses rule each other out");
}

static bool can_be(const struct check *check, size_t node, enum truth truth)
{
    return (logic_truths(check->logic, node) >> truth & 1) != 0;
}

static void report_rule(const struct check *check, enum truth truth)
{
    struct buf reason;
    buf_init(&reason, TEXT_BYTES);
    append_reason(check, 0, truth, &reason);
    bool is_pass = truth == TRUTH_TRUE;
    lint_add(check->lint, is_pass ? "lint.never.passes" : "lint.never.fails", check->rule,
             check->rule->condition_pointer, "no resource can %s this rule: %s",
             is_pass ? "pass" : "fail", buf_text(&reason));
    buf_deinit(&reason);
}

static void report_branch(const struct check *check, size_t node, enum truth truth)
{
    struct buf reason;
    buf_init(&reason, TEXT_BYTES);
    append_reason(check, node, truth, &reason);
    bool is_never_true = truth == TRUTH_TRUE;
    lint_add(check->lint, is_never_true ? "lint.branch.false" : "lint.branch.true", check->rule,
             check->outlines[node]->pointer, "this branch is never %s: %s",
             is_never_true ? "true" : "false", buf_text(&reason));
    buf_deinit(&reason);
}

// The outermost branches that cannot have a truth which the whole can have; what is said of the
// whole explains the others.
static void check_truth(const struct check *check, enum truth truth)
{
    if (!can_be(check, 0, truth)) {
        report_rule(check, truth);
        return;
    }
    for (size_t node = 1; node < logic_count(check->logic);) {
        if (can_be(check, node, truth)) {
            node++;
        } else {
            report_branch(check, node, truth);
            node = logic_end(check->logic, node);
        }
    }
}

static void check_repeated(const struct check *check, const struct condition *group,
                           const struct explain_node *outline)
{
    for (size_t i = 0; i < group->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (logic_is_same(group->children[i], group->children[j])) {
                lint_add(check->lint, "lint.branch.repeated", check->rule,
                         outline->children[i].pointer,
                         "this says the same as the branch in line %zu; leave one of the two out",
                         lint_line(check->lint, check->rule->file, outline->children[j].pointer));
                break;
            }
        }
        check_repeated(check, group->children[i], &outline->children[i]);
    }
}

static void check_condition(struct lint *lint, size_t index)
{
    const struct condition *condition = lint->rules->conditions[index];
    struct check check = {.lint = lint, .rule = &lint->rules->set.rules[index]};
    check.logic = logic_create(condition);
    check.outlines = mem_alloc(logic_count(check.logic), sizeof(struct explain_node *));
    (void)number_nodes(&check, lint->outlines[index], 0);
    check_truth(&check, TRUTH_TRUE);
    if (can_be(&check, 0, TRUTH_TRUE) || can_be(&check, 0, TRUTH_FALSE)) {
        check_truth(&check, TRUTH_FALSE);
    }
    check_repeated(&check, condition, lint->outlines[index]);
    mem_free(&check.outlines);
    logic_destroy(&check.logic);
}

void lint_check_conditions(struct lint *lint)
{
    for (size_t i = 0; i < lint->rules->set.count; i++) {
        if (lint->rules->conditions[i] != NULL) {
            check_condition(lint, i);
        }
    }
}
