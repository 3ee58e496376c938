// SPDX-License-Identifier: MIT
//
// Clauses on one feature, and sets of what they can be together, for lint_truths.c, which says how
// the parts fit. Thread: its owner's.
#pragma once

#include "lint_truths.h"

enum {
    MODEL_POINTS_MAX = 64, // wanted texts; with more, anything is possible
    MODEL_SCALE_MAX = MODEL_POINTS_MAX + TRUTHS_CLAUSES_MAX,
};

// Operators that look at values in the same way.
enum family {
    FAMILY_TEXT,  // StringEquals, StringIn
    FAMILY_IN,    // In
    FAMILY_EMPTY, // IsStringEmpty
    FAMILY_NODE,  // IsEmpty
    FAMILY_NUMBER,
    FAMILY_VERSION,
    FAMILY_DATE,
    FAMILY_AGE,
    FAMILY_COUNT,
    FAMILY_COLLECTION,
    FAMILY_OPAQUE, // all others, and those that nobody told us of
};
enum family model_family(const struct condition_operator *op);

struct model {
    const struct clause *const *clauses; // borrowed
    size_t count;
    size_t vectors;
    bool is_singular;
    const struct operand_value *points[MODEL_POINTS_MAX]; // distinct texts that are wanted
    size_t point_count;
    bool is_beyond; // of what is looked at: anything is possible
};
void model_init(struct model *model, const struct clause *const *clauses, size_t count);
bool model_is_of(const struct model *model, size_t clause, enum family family);

// The digit of a clause, at its place, whose operator's test gave `truth` on one value: negation is
// applied, and `none`, which wants the opposite of each value.
size_t model_digit(const struct model *model, size_t clause, enum truth test);

// Vectors with a digit for the clauses that they are about, and 0 for the others.
struct vector_set {
    bool has[TRUTHS_VECTORS_MAX];
};
struct vector_set vector_set_of(size_t vector);
void vector_set_add_all(const struct model *model, struct vector_set *set,
                        const struct vector_set *other);
// Each with each; the two are about different clauses.
void vector_set_multiply(const struct model *model, struct vector_set *set,
                         const struct vector_set *by);

// ---- clauses of one family

// Wanted values in order, each once. Region 2 * i + 1 is at the value i, an even one beside it.
struct scale {
    enum family family;
    const struct operand_value *values[MODEL_SCALE_MAX];
    size_t count;
};
struct scale scale_of(const struct model *model, enum family family);
size_t scale_regions(const struct scale *scale);
size_t scale_rank(const struct scale *scale, const struct operand_value *value);
size_t scale_vector(const struct model *model, const struct scale *scale, size_t region);

size_t model_unknown(const struct model *model, enum family family);
// A value of a family with an order may lie in any region, and be of another type.
struct vector_set model_any_region(const struct model *model, enum family family,
                                   bool may_be_unknown);
// Nothing is known, but that the same test gives the same.
struct vector_set model_any_result(const struct model *model, enum family family,
                                   bool may_be_unknown);
// Contains and its kin: each wanted value may be there or not; what is not found among objects and
// lists is unknown.
struct vector_set model_any_search(const struct model *model, bool may_be_unknown);
// Scalars of every kind that is more than one value: what operators of single values, and IsEmpty,
// say of them.
struct vector_set model_any_scalar(const struct model *model);
