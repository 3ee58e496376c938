// SPDX-License-Identifier: MIT
#include "lint_model.h"

#include "base/check.h"

#include <string.h>

// ---- operators

static bool tests_as(const struct condition_operator *op, const char *name)
{
    const struct condition_operator *other = operator_find(name);
    return other != NULL && op->test == other->test;
}

enum family model_family(const struct condition_operator *op)
{
    static const struct {
        const char *name;
        enum family family;
    } TESTS[] = {
        {"StringEquals", FAMILY_TEXT}, {"In", FAMILY_IN},         {"IsStringEmpty", FAMILY_EMPTY},
        {"IsEmpty", FAMILY_NODE},      {"Equals", FAMILY_NUMBER}, {"VersionEquals", FAMILY_VERSION},
        {"DateBefore", FAMILY_DATE},   {"AgeLess", FAMILY_AGE},
    };
    if (op->reach == REACH_COUNT) {
        return FAMILY_COUNT;
    }
    if (op->reach == REACH_COLLECTION) {
        return FAMILY_COLLECTION;
    }
    for (size_t i = 0; i < ARRAY_LEN(TESTS); i++) {
        if (tests_as(op, TESTS[i].name)) {
            return TESTS[i].family;
        }
    }
    return FAMILY_OPAQUE;
}

bool model_is_of(const struct model *model, size_t clause, enum family family)
{
    return model_family(model->clauses[clause]->op) == family;
}

size_t model_digit(const struct model *model, size_t index, enum truth test)
{
    const struct clause *clause = model->clauses[index];
    enum truth truth = clause->op->is_negated ? truth_not(test) : test;
    bool is_opposed = clause->quantifier == QUANTIFIER_NONE;
    return truths_power(index) * (size_t)(is_opposed ? truth_not(truth) : truth);
}

static void add_points(struct model *model, const struct operand *operand)
{
    for (size_t i = 0; i < operand->count; i++) {
        const struct operand_value *value = &operand->values[i];
        bool is_known = false;
        for (size_t j = 0; j < model->point_count && !is_known; j++) {
            is_known = model->points[j]->len == value->len &&
                       memcmp(model->points[j]->text, value->text, value->len) == 0;
        }
        if (!is_known && model->point_count == MODEL_POINTS_MAX) {
            model->is_beyond = true;
            return;
        }
        if (!is_known) {
            model->points[model->point_count++] = value;
        }
    }
}

void model_init(struct model *model, const struct clause *const *clauses, size_t count)
{
    const struct feature_source *source = &clauses[0]->source;
    *model = (struct model){.clauses = clauses, .count = count, .vectors = 1};
    for (size_t i = 0; i < count; i++) {
        model->vectors *= 3;
    }
    model->is_singular = jsonpath_is_singular(source->path) &&
                         (source->field == NULL || jsonpath_is_singular(source->field));
    for (size_t i = 0; i < count; i++) {
        if (model_is_of(model, i, FAMILY_TEXT) || model_is_of(model, i, FAMILY_IN)) {
            add_points(model, &clauses[i]->operand);
        }
    }
}

// ---- sets

struct vector_set vector_set_of(size_t vector)
{
    struct vector_set set = {0};
    set.has[vector] = true;
    return set;
}

void vector_set_add_all(const struct model *model, struct vector_set *set,
                        const struct vector_set *other)
{
    for (size_t i = 0; i < model->vectors; i++) {
        set->has[i] = set->has[i] || other->has[i];
    }
}

void vector_set_multiply(const struct model *model, struct vector_set *set,
                         const struct vector_set *by)
{
    struct vector_set product = {0};
    size_t members[TRUTHS_VECTORS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < model->vectors; i++) {
        members[count] = i;
        count += by->has[i] ? 1 : 0;
    }
    for (size_t i = 0; i < model->vectors; i++) {
        for (size_t j = 0; set->has[i] && j < count; j++) {
            INVARIANT(i + members[j] < model->vectors);
            product.has[i + members[j]] = true;
        }
    }
    *set = product;
}
