// SPDX-License-Identifier: MIT
//
// Texts, numbers and booleans in kinds that no clause tells apart: a text that is wanted but for
// its letter case, any other text, numbers at and between those that are wanted. What is one value
// is judged by the clauses themselves (lint_truths.c).
#include "lint_model.h"

#include "base/span.h"

// ---- kinds of scalars that are more than one value

struct scalar_kind {
    bool is_number;
    size_t region;                     // of a number
    const struct operand_value *point; // the text is this one; of a text: but for its letter case
};

static bool wants_text(const struct clause *clause, const struct operand_value *point)
{
    for (size_t i = 0; point != NULL && i < clause->operand.count; i++) {
        const struct operand_value *wanted = &clause->operand.values[i];
        if (span_equals_ignore_case((struct span){wanted->text, wanted->len},
                                    (struct span){point->text, point->len})) {
            return true;
        }
    }
    return false;
}

static bool wants_number(const struct clause *clause, const struct scale *scale, size_t region)
{
    for (size_t i = 0; region % 2 == 1 && i < clause->operand.count; i++) {
        const struct operand_value *wanted = &clause->operand.values[i];
        if (wanted->is_number &&
            decimal_compare(&wanted->number, &scale->values[region / 2]->number) == 0) {
            return true;
        }
    }
    return false;
}

// Clauses whose truth the kind decides. A text that differs from a wanted one in letter case only
// is none of those that In wants, which are kinds of their own.
static size_t decided_vector(const struct model *model, const struct scale *numbers,
                             const struct scalar_kind *kind)
{
    size_t vector = 0;
    for (size_t i = 0; i < model->count; i++) {
        const struct clause *clause = model->clauses[i];
        bool is_true = false;
        switch (model_family(clause->op)) {
        case FAMILY_TEXT:
            is_true = wants_text(clause, kind->point);
            break;
        case FAMILY_IN:
            is_true = kind->is_number && wants_number(clause, numbers, kind->region);
            break;
        case FAMILY_EMPTY:
        case FAMILY_NODE:
            break;
        default:
            continue;
        }
        vector += model_digit(model, i, is_true ? TRUTH_TRUE : TRUTH_FALSE);
    }
    return vector;
}

static struct vector_set number_order(const struct model *model, const struct scale *numbers,
                                      const struct scalar_kind *kind)
{
    if (kind->is_number) {
        return vector_set_of(scale_vector(model, numbers, kind->region));
    }
    if (kind->point == NULL) {
        return model_any_region(model, FAMILY_NUMBER, true);
    }
    // Only the letter of an exponent may change its case.
    return vector_set_of(
        kind->point->is_number
            ? scale_vector(model, numbers, 2 * scale_rank(numbers, kind->point) + 1)
            : model_unknown(model, FAMILY_NUMBER));
}

// All that operators of single values may say of a kind, and IsEmpty, which is false of it.
static struct vector_set scalar_set(const struct model *model, const struct scale *numbers,
                                    const struct scalar_kind *kind)
{
    struct vector_set set = vector_set_of(decided_vector(model, numbers, kind));
    struct vector_set order = number_order(model, numbers, kind);
    struct vector_set version = model_any_region(model, FAMILY_VERSION, true);
    struct vector_set date = model_any_region(model, FAMILY_DATE, true);
    struct vector_set age = model_any_region(model, FAMILY_AGE, true);
    struct vector_set opaque = model_any_result(model, FAMILY_OPAQUE, true);
    vector_set_multiply(model, &set, &order);
    vector_set_multiply(model, &set, &version);
    vector_set_multiply(model, &set, &date);
    vector_set_multiply(model, &set, &age);
    vector_set_multiply(model, &set, &opaque);
    return set;
}

static bool has_letters(const struct operand_value *point)
{
    for (size_t i = 0; i < point->len; i++) {
        char c = point->text[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
            return true;
        }
    }
    return false;
}

struct vector_set model_any_scalar(const struct model *model)
{
    struct scale numbers = scale_of(model, FAMILY_NUMBER);
    struct vector_set all = scalar_set(model, &numbers, &(struct scalar_kind){0});
    for (size_t i = 0; i < model->point_count; i++) {
        if (!has_letters(model->points[i])) {
            continue;
        }
        const struct scalar_kind other_case = {.point = model->points[i]};
        struct vector_set set = scalar_set(model, &numbers, &other_case);
        vector_set_add_all(model, &all, &set);
    }
    for (size_t region = 0; region < scale_regions(&numbers); region++) {
        struct scalar_kind number = {.is_number = true, .region = region};
        struct vector_set set = scalar_set(model, &numbers, &number);
        vector_set_add_all(model, &all, &set);
        for (size_t i = 0; region % 2 == 1 && i < model->point_count; i++) {
            number.point = model->points[i];
            if (number.point->is_number && scale_rank(&numbers, number.point) == region / 2) {
                set = scalar_set(model, &numbers, &number);
                vector_set_add_all(model, &all, &set);
            }
        }
    }
    return all;
}
