// SPDX-License-Identifier: MIT
//
// Input: a condition (JSON), a line end, a configuration (JSON). Whatever the condition, it breaks
// its rule with a diagnostic, or compiles; a compiled one gives the same verdict each time, on a
// tree and on a tape, evidence exactly when it is not true, and evidence within its limit.
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "condition.h"
#include "judge.h"
#include "tree.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct buf *text)
{
    INVARIANT(text->len <= LIMIT_EVIDENCE_BYTES);
    INVARIANT(text_is_utf8(buf_text(text), text->len, NULL));
}

static void check_same(const struct buf *a, const struct buf *b)
{
    INVARIANT(a->len == b->len && memcmp(buf_text(a), buf_text(b), a->len) == 0);
}

static void check_evidence(const struct clause *decider, const struct judge *judge,
                           const struct evidence *other)
{
    struct evidence evidence;
    evidence_init(&evidence);
    clause_explain(decider, judge, &evidence);
    check_text(&evidence.configuration);
    check_text(&evidence.desired_value);
    check_text(&evidence.property);
    INVARIANT(evidence.operator_name.len > 0 && evidence.reason.len > 0);
    check_same(&evidence.configuration, &other->configuration);
    check_same(&evidence.property, &other->property);
    check_same(&evidence.reason, &other->reason);
    evidence_deinit(&evidence);
}

// On a tree and on a tape: the same verdict, each time, and the same evidence.
static void check_verdict(const struct condition *condition, const struct judge *on_tree,
                          const struct judge *on_tape)
{
    struct condition_verdict verdict = condition_judge(condition, on_tree);
    struct condition_verdict again = condition_judge(condition, on_tree);
    struct condition_verdict other = condition_judge(condition, on_tape);
    INVARIANT(verdict.truth == again.truth && verdict.decider == again.decider);
    INVARIANT(verdict.truth == other.truth && verdict.decider == other.decider);
    INVARIANT(verdict.truth == condition_truth(condition, on_tree));
    INVARIANT(verdict.truth == condition_truth(condition, on_tape));
    if (verdict.decider == NULL) {
        return;
    }
    INVARIANT(clause_judge(verdict.decider, on_tree) == verdict.truth);
    struct evidence evidence;
    evidence_init(&evidence);
    clause_explain(verdict.decider, on_tree, &evidence);
    check_evidence(verdict.decider, on_tree, &evidence);
    check_evidence(verdict.decider, on_tape, &evidence);
    evidence_deinit(&evidence);
}

// The configuration, in both forms; both exist, or neither does.
struct forms {
    struct judge on_tree;
    struct judge on_tape;
};

static void check_condition(json_t *tree, const struct forms *forms, bool missing_is_insufficient)
{
    char name[] = "";
    struct rule rule = {.file = name,
                        .condition = tree,
                        .condition_pointer = name,
                        .missing_is_insufficient = missing_is_insufficient};
    struct diags diags;
    diags_init(&diags);
    struct condition *condition = condition_compile(&rule, false, &diags);
    INVARIANT(rule.broken == (condition == NULL) && rule.broken == (diags.errors > 0));
    if (condition != NULL && value_exists(forms->on_tree.subject.record)) {
        check_verdict(condition, &forms->on_tree, &forms->on_tape);
    }
    condition_destroy(&condition);
    diags_deinit(&diags);
    mem_free(&rule.broken_reason);
}

static struct judge judge_of(struct value value, struct tape_pool *tapes)
{
    return (struct judge){.subject = {.record = value, .configuration = value, .tapes = tapes}};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line_end = size == 0 ? NULL : memchr(text, '\n', size);
    size_t tree_len = line_end == NULL ? size : (size_t)(line_end - text);
    struct err err = ERR_INIT;
    json_t *tree = NULL;
    if (tree_parse(text, tree_len, &tree, &err) != ERR_OK) {
        return 0;
    }
    size_t len = line_end == NULL ? 0 : size - tree_len - 1;
    char *padded = mem_alloc(len + SCAN_PADDING, 1);
    memcpy(padded, text + size - len, len);
    json_t *configuration = NULL;
    struct tape_pool tapes;
    tape_pool_init(&tapes, scan_kernel_best());
    struct tape *tape = tape_pool_scan(&tapes, (struct span){padded, len});
    INVARIANT((tree_parse(padded, len, &configuration, &err) == ERR_OK) == (tape != NULL));
    const struct forms forms = {
        .on_tree = judge_of(value_of_json(configuration), NULL),
        .on_tape = judge_of(value_of_node(tape, tape == NULL ? TAPE_NONE : 0), &tapes)};
    check_condition(tree, &forms, false);
    check_condition(tree, &forms, true);
    tape_pool_deinit(&tapes);
    mem_free(&padded);
    json_decref(configuration);
    json_decref(tree);
    return 0;
}
