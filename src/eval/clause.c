// SPDX-License-Identifier: MIT
//
// From the JSON of a rule to a compiled clause. What it gives: clause_rule.c. Why: clause_explain.c.
#include "clause.h"

#include "base/mem.h"
#include "clause_tree.h"
#include "domain/json_number.h"
#include "domain/suggest.h"

#include <string.h>

enum { RIGHT_BYTES = 2048 };

const char *const CLAUSE_QUANTIFIERS[] = {"all", "any", "none"};

static const char *const CLAUSE_MEMBERS[] = {"featurePath", "featureSource", "operator",
                                             "desired",     "quantifier",    "children"};

// Some vendor samples carry an empty list of children in a clause.
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
    buf_init(&right, RIGHT_BYTES);
    if (nearest != NULL) {
        (void)buf_append_format(&right, "did you mean \"%s\"?", nearest);
    } else {
        (void)buf_append_text(&right, "and, or, or one of these is right: ");
        operator_list(&right);
    }
    compile_complain(compile, "operator", "rule.operator.unknown", "unknown operator %s; %s",
                     compile_quote(name).text, buf_text(&right));
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
                             "unknown member %s; did you mean \"operator\"?",
                             compile_quote(name).text);
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

// `desired` of an operator without operand says nothing; the vendor allows it to be there and
// empty.
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

// The loader of rules complains about such a number wherever it stands.
static bool is_refused(const json_t *desired)
{
    return json_number_is_written(desired) && json_number_is_excessive(json_number_text(desired));
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
    if (compile_is_misspelt(compile, node, "desired") || is_refused(desired) ||
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
