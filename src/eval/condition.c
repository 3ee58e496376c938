// SPDX-License-Identifier: MIT
#include "condition_tree.h"

#include "base/limits.h"
#include "base/mem.h"
#include "eval/value.h"
#include "judge.h"

#include <string.h>

static struct condition *compile_node(struct compile *compile, json_t *node, size_t depth);

static enum group_kind group_of(json_t *node)
{
    const char *operator_name = json_string_value(json_object_get(node, "operator"));
    if (operator_name != NULL && strcmp(operator_name, "and") == 0) {
        return GROUP_AND;
    }
    return operator_name != NULL && strcmp(operator_name, "or") == 0 ? GROUP_OR : GROUP_NONE;
}

static bool check_group(struct compile *compile, json_t *node, size_t depth)
{
    static const char *const MEMBERS[] = {"operator", "children"};
    compile_expect_members(compile, node, (struct compile_names){MEMBERS, ARRAY_LEN(MEMBERS)});
    json_t *children = json_object_get(node, "children");
    if (depth > LIMIT_CONDITION_DEPTH) {
        compile_complain(compile, NULL, "rule.condition.depth",
                         "groups are nested more than %d deep", LIMIT_CONDITION_DEPTH);
        return false;
    }
    if (children == NULL) {
        if (!compile_is_misspelt(compile, node, "children")) {
            compile_complain(compile, NULL, "rule.condition.missing",
                             "a group needs children: an array of clauses and groups");
        }
        return false;
    }
    if (!json_is_array(children)) {
        compile_complain(compile, "children", "rule.condition.type",
                         "children is %s; it has to be an array of clauses and groups",
                         value_type_text(children));
        return false;
    }
    if (json_array_size(children) == 0) {
        compile_complain(compile, "children", "rule.condition.children",
                         "a group without children says nothing; give at least one");
        return false;
    }
    return true;
}

// Children that do not compile are left out; the complaint about them has broken the rule.
static void compile_children(struct compile *compile, json_t *children, size_t depth,
                             struct condition *group)
{
    size_t index;
    json_t *child;
    group->children = mem_alloc(json_array_size(children), sizeof(struct condition *));
    json_array_foreach(children, index, child)
    {
        if (compile->clauses > LIMIT_CONDITION_CLAUSES) {
            return;
        }
        size_t mark = compile_enter(compile, index);
        struct condition *compiled = compile_node(compile, child, depth + 1);
        if (compiled != NULL) {
            group->children[group->count++] = compiled;
        }
        compile_leave(compile, mark);
    }
}

static void compile_leaf(struct compile *compile, json_t *node, struct condition *condition)
{
    compile->clauses++;
    if (compile->clauses > LIMIT_CONDITION_CLAUSES) {
        compile_complain(compile, NULL, "rule.condition.clauses",
                         "the condition has more than %d clauses", LIMIT_CONDITION_CLAUSES);
        return;
    }
    condition->clause = clause_compile(compile, node);
}

static struct condition *compile_node(struct compile *compile, json_t *node, size_t depth)
{
    if (!json_is_object(node)) {
        compile_complain(compile, NULL, "rule.condition.type",
                         "this is %s; a clause or a group is an object", value_type_text(node));
        return NULL;
    }
    struct condition *condition = mem_alloc(1, sizeof(*condition));
    condition->slot = TRUTH_SLOT_NONE;
    condition->group = group_of(node);
    if (condition->group == GROUP_NONE) {
        compile_leaf(compile, node, condition);
    } else if (check_group(compile, node, depth)) {
        compile_children(compile, json_object_get(node, "children"), depth, condition);
    }
    if (condition->clause == NULL && condition->count == 0) {
        condition_destroy(&condition);
    }
    return condition;
}

struct condition *condition_compile(struct rule *rule, bool strict_vendor, struct diags *diags)
{
    if (rule->condition == NULL) {
        return NULL;
    }
    size_t errors_before = diags->errors;
    struct compile compile;
    compile_init(&compile, rule, diags);
    compile.strict_vendor = strict_vendor;
    struct condition *condition = compile_node(&compile, rule->condition, 1);
    if (strict_vendor && rule->missing_is_insufficient) {
        compile_go_to(&compile, "missing");
        compile_refuse_own(&compile, NULL, "\"missing\": \"INSUFFICIENT_DATA\"");
    }
    compile_deinit(&compile);
    if (diags->errors != errors_before) {
        condition_destroy(&condition);
    }
    ENSURE(condition != NULL || rule->broken);
    return condition;
}

void condition_destroy(struct condition **condition)
{
    if (*condition == NULL) {
        return;
    }
    for (size_t i = 0; i < (*condition)->count; i++) {
        condition_destroy(&(*condition)->children[i]);
    }
    mem_free(&(*condition)->children);
    clause_destroy(&(*condition)->clause);
    mem_free(condition);
}

// A verdict, and how many clauses would have to change for it to become true.
struct judgement {
    struct condition_verdict verdict;
    size_t distance;
};

static struct judgement judge_node(const struct condition *condition, const struct judge *judge);

static struct judgement judge_leaf(const struct clause *clause, const struct judge *judge)
{
    struct judgement judgement = {.verdict.truth = clause_judge(clause, judge)};
    if (judgement.verdict.truth != TRUTH_TRUE) {
        judgement.verdict.decider = clause;
        judgement.distance = 1;
    }
    return judgement;
}

// All branches are judged even when the first is false, because the distance needs them.
static struct judgement judge_and(const struct condition *group, const struct judge *judge)
{
    struct judgement all = {.verdict.truth = TRUTH_TRUE};
    for (size_t i = 0; i < group->count; i++) {
        struct judgement branch = judge_node(group->children[i], judge);
        if (branch.verdict.truth < all.verdict.truth) {
            all.verdict = branch.verdict;
        }
        all.distance += branch.distance;
    }
    return all;
}

static struct judgement judge_or(const struct condition *group, const struct judge *judge)
{
    struct judgement any = judge_node(group->children[0], judge);
    for (size_t i = 1; i < group->count && any.verdict.truth != TRUTH_TRUE; i++) {
        struct judgement branch = judge_node(group->children[i], judge);
        bool is_truer = branch.verdict.truth > any.verdict.truth;
        bool is_nearer = branch.verdict.truth == any.verdict.truth &&
                         branch.verdict.truth == TRUTH_FALSE && branch.distance < any.distance;
        size_t nearest = branch.distance < any.distance ? branch.distance : any.distance;
        if (is_truer || is_nearer) {
            any.verdict = branch.verdict;
        }
        any.distance = nearest;
    }
    return any;
}

static struct judgement judge_node(const struct condition *condition, const struct judge *judge)
{
    switch (condition->group) {
    case GROUP_AND:
        return judge_and(condition, judge);
    case GROUP_OR:
        return judge_or(condition, judge);
    case GROUP_NONE:
        break;
    }
    return judge_leaf(condition->clause, judge);
}

struct condition_verdict condition_judge(const struct condition *condition,
                                         const struct judge *judge)
{
    struct condition_verdict verdict = judge_node(condition, judge).verdict;
    ENSURE((verdict.truth == TRUTH_TRUE) == (verdict.decider == NULL));
    return verdict;
}

enum truth condition_truth(const struct condition *condition, const struct judge *judge)
{
    enum truth known;
    if (judge_knows(judge, condition->slot, &known)) {
        return known;
    }
    if (condition->group == GROUP_NONE) {
        return clause_judge(condition->clause, judge);
    }
    bool is_and = condition->group == GROUP_AND;
    enum truth decides = is_and ? TRUTH_FALSE : TRUTH_TRUE;
    enum truth joined = truth_not(decides);
    for (size_t i = 0; i < condition->count && joined != decides; i++) {
        enum truth branch = condition_truth(condition->children[i], judge);
        bool is_stronger = is_and ? branch < joined : branch > joined;
        joined = is_stronger ? branch : joined;
    }
    return joined;
}
