// SPDX-License-Identifier: MIT
//
// A feature finds nothing, a scalar, a container, or several of them. What is found falls into
// finitely many kinds that no clause tells apart: each text that some clause wants, every other
// text, numbers at and between those that are wanted, and so on. Kinds that are one value are
// judged by the clauses themselves; of the others each clause's truth is worked out, where it
// depends on more than the kind in every combination that may be. Lists are the closure of what
// their elements give under the joining of clause_rule.c.
#include "lint_truths.h"

#include "base/check.h"
#include "base/mem.h"
#include "lint_model.h"

#include <string.h>

size_t truths_power(size_t clause)
{
    static const size_t POWERS[] = {1, 3, 9, 27, 81, 243, 729};
    return POWERS[clause];
}

size_t truths_vectors(const struct truths *truths)
{
    return truths_power(truths->count);
}

enum truth truths_digit(size_t vector, size_t clause)
{
    return (enum truth)(vector / truths_power(clause) % 3);
}

bool truths_have_pair(const struct truths *truths, size_t a, enum truth of_a, size_t b,
                      enum truth of_b)
{
    for (size_t v = 0; v < truths_vectors(truths); v++) {
        if (truths->has[v] && truths_digit(v, a) == of_a && truths_digit(v, b) == of_b) {
            return true;
        }
    }
    return false;
}

// ---- values that are judged

static struct ruling rule_on(const struct model *model, size_t index, json_t *const *nodes,
                             size_t count)
{
    struct value value = value_of_json(count > 0 ? nodes[0] : NULL);
    const struct feature feature = {.source = &model->clauses[index]->source,
                                    .nodes = {&value, count, count},
                                    .is_singular = model->is_singular};
    return clause_rule(model->clauses[index], &feature, NO_INSTANT);
}

// Which of the clauses a vector is about.
typedef bool (*column_filter)(enum operator_reach reach);

static bool is_any_reach(enum operator_reach reach)
{
    (void)reach;
    return true;
}

static bool is_of_elements(enum operator_reach reach)
{
    return reach == REACH_ELEMENT;
}

static bool is_of_values(enum operator_reach reach)
{
    return reach == REACH_ELEMENT || reach == REACH_NODE;
}

// What the clauses say when one node, or none (NULL), was found. Ages are not known, but that they
// go together.
static struct vector_set judged(const struct model *model, json_t *node, column_filter is_asked)
{
    size_t vector = 0;
    bool is_date = false;
    for (size_t i = 0; i < model->count; i++) {
        if (!is_asked(model->clauses[i]->op->reach)) {
            continue;
        }
        struct ruling ruling = rule_on(model, i, &node, node == NULL ? 0 : 1);
        if (ruling.cause == CAUSE_NO_INSTANT) {
            is_date = true;
        } else {
            vector += truths_power(i) * (size_t)ruling.truth;
        }
    }
    struct vector_set set = vector_set_of(vector);
    if (is_date) {
        struct vector_set age = model_any_region(model, FAMILY_AGE, false);
        vector_set_multiply(model, &set, &age);
    }
    return set;
}

static json_t *point_json(const struct operand_value *point)
{
    return json_stringn_nocheck(point->text, point->len);
}

// Adds what is said of each value that is a kind of its own and no list: as a node, or as the only
// element of a list.
static void add_judged(const struct model *model, column_filter is_asked, bool as_elements,
                       struct vector_set *set)
{
    json_t *values = json_pack("[n,s,b,b,{},{s:i}]", "", 0, 1, "x", 1);
    for (size_t i = 0; i < model->point_count; i++) {
        (void)json_array_append_new(values, point_json(model->points[i]));
    }
    if (as_elements) {
        (void)json_array_append_new(values, json_array()); // a list in a list
    }
    size_t index;
    json_t *value;
    json_array_foreach(values, index, value)
    {
        json_t *node = as_elements ? json_pack("[O]", value) : json_incref(value);
        struct vector_set said = judged(model, node, is_asked);
        vector_set_add_all(model, set, &said);
        json_decref(node);
    }
    json_decref(values);
}

// ---- lists

// Without the digits of IsEmpty, which looks at nodes.
static struct vector_set without_nodes(const struct model *model, const struct vector_set *set)
{
    struct vector_set out = {0};
    for (size_t v = 0; v < model->vectors; v++) {
        size_t vector = v;
        for (size_t i = 0; i < model->count; i++) {
            vector -= model->clauses[i]->op->reach == REACH_NODE
                          ? truths_power(i) * (size_t)truths_digit(v, i)
                          : 0;
        }
        out.has[vector] = out.has[vector] || set->has[v];
    }
    return out;
}

// As clause_rule.c joins the rulings on several values; `mute` has no elements, and does not count for
// clauses that look at elements.
struct contribution {
    size_t vector;
    bool is_mute;
};

static struct contribution join(const struct model *model, struct contribution a,
                                struct contribution b)
{
    struct contribution joined = {.is_mute = a.is_mute && b.is_mute};
    for (size_t i = 0; i < model->count; i++) {
        const struct clause *clause = model->clauses[i];
        enum truth left = truths_digit(a.vector, i);
        enum truth right = truths_digit(b.vector, i);
        enum truth truth = clause->quantifier == QUANTIFIER_ANY ? (left > right ? left : right)
                                                                : (left < right ? left : right);
        if (clause->op->reach == REACH_ELEMENT && (a.is_mute || b.is_mute)) {
            truth = a.is_mute ? right : left;
        }
        joined.vector += truths_power(i) * (size_t)truth;
    }
    return joined;
}

// By vector, then those that are mute.
struct closure {
    struct contribution items[2 * TRUTHS_VECTORS_MAX];
    size_t count;
    bool has[2 * TRUTHS_VECTORS_MAX];
};

static void closure_add(struct closure *closure, struct contribution item)
{
    size_t key = item.vector + (item.is_mute ? TRUTHS_VECTORS_MAX : 0);
    if (!closure->has[key]) {
        closure->has[key] = true;
        closure->items[closure->count++] = item;
    }
}

static void closure_add_set(struct closure *closure, const struct vector_set *set, bool is_mute)
{
    for (size_t v = 0; v < TRUTHS_VECTORS_MAX; v++) {
        if (set->has[v]) {
            closure_add(closure, (struct contribution){v, is_mute});
        }
    }
}

static void closure_close(const struct model *model, struct closure *closure)
{
    size_t generators = closure->count;
    for (size_t i = 0; i < closure->count; i++) {
        for (size_t j = 0; j < generators; j++) {
            closure_add(closure, join(model, closure->items[i], closure->items[j]));
        }
    }
}

// What operators of single values say of lists that are not empty.
static struct vector_set filled_lists(const struct model *model)
{
    struct closure *closure = mem_alloc(1, sizeof(*closure));
    struct vector_set scalars = model_any_scalar(model);
    struct vector_set elements = without_nodes(model, &scalars);
    add_judged(model, is_of_elements, true, &elements);
    closure_add_set(closure, &elements, false);
    closure_close(model, closure);
    struct vector_set set = {0};
    for (size_t i = 0; i < closure->count; i++) {
        set.has[closure->items[i].vector] = true;
    }
    mem_free(&closure);
    size_t not_empty = 0;
    for (size_t i = 0; i < model->count; i++) {
        not_empty += model_is_of(model, i, FAMILY_NODE) ? model_digit(model, i, TRUTH_FALSE) : 0;
    }
    struct vector_set node = vector_set_of(not_empty);
    vector_set_multiply(model, &set, &node);
    return set;
}

// Where the path may find several nodes, in every mixture.
static struct vector_set several_nodes(const struct model *model)
{
    struct closure *closure = mem_alloc(1, sizeof(*closure));
    struct vector_set nodes = model_any_scalar(model);
    struct vector_set lists = filled_lists(model);
    add_judged(model, is_of_values, false, &nodes);
    vector_set_add_all(model, &nodes, &lists);
    closure_add_set(closure, &nodes, false);
    json_t *empty = json_array();
    struct vector_set none = judged(model, empty, is_of_values);
    closure_add_set(closure, &none, true);
    json_decref(empty);
    closure_close(model, closure);
    struct vector_set set = {0};
    for (size_t i = 0; i < closure->count; i++) {
        set.has[closure->items[i].vector] = true;
    }
    mem_free(&closure);
    return set;
}

// One node at most: nothing, a scalar, an object, a list.
static struct vector_set one_node(const struct model *model)
{
    struct vector_set set = model_any_scalar(model);
    struct vector_set search = model_any_search(model, false);
    struct vector_set no_count = vector_set_of(model_unknown(model, FAMILY_COUNT));
    vector_set_multiply(model, &set, &search);
    vector_set_multiply(model, &set, &no_count);
    add_judged(model, is_any_reach, false, &set);
    struct vector_set lists = filled_lists(model);
    struct vector_set counts = model_any_region(model, FAMILY_COUNT, false);
    search = model_any_search(model, true);
    vector_set_multiply(model, &lists, &search);
    vector_set_multiply(model, &lists, &counts);
    vector_set_add_all(model, &set, &lists);
    json_t *empty = json_array();
    struct vector_set none = judged(model, empty, is_any_reach);
    vector_set_add_all(model, &set, &none);
    json_decref(empty);
    return set;
}

static struct vector_set any_nodes(const struct model *model)
{
    struct vector_set set = several_nodes(model);
    struct vector_set search = model_any_search(model, true);
    struct vector_set counts = model_any_region(model, FAMILY_COUNT, false);
    vector_set_multiply(model, &set, &search);
    vector_set_multiply(model, &set, &counts);
    return set;
}

void truths_of(const struct clause *const *clauses, size_t count, struct truths *truths_out)
{
    REQUIRE(count >= 1 && count <= TRUTHS_CLAUSES_MAX);
    struct model model;
    model_init(&model, clauses, count);
    *truths_out = (struct truths){.count = count};
    if (model.is_beyond) {
        for (size_t v = 0; v < model.vectors; v++) {
            truths_out->has[v] = true;
        }
        return;
    }
    struct vector_set set = model.is_singular ? one_node(&model) : any_nodes(&model);
    struct vector_set missing = judged(&model, NULL, is_any_reach);
    vector_set_add_all(&model, &set, &missing);
    // A limit that is passed, and a document that is none, leave all of them unknown.
    set.has[(model.vectors - 1) / 2] = true;
    memcpy(truths_out->has, set.has, sizeof(truths_out->has));
}
