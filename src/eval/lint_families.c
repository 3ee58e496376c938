// SPDX-License-Identifier: MIT
//
// What the clauses of one family can be together on values of which no more is known.
#include "lint_model.h"

#include "base/check.h"
#include "operators_own.h"

#include <string.h>

enum { ATOMS_MAX = 6 }; // values that collections are searched for; with more, less is known

// ---- what is ordered

static int compare_values(enum family family, const struct operand_value *a,
                          const struct operand_value *b)
{
    switch (family) {
    case FAMILY_NUMBER:
        return decimal_compare(&a->number, &b->number);
    case FAMILY_VERSION:
        return version_compare(&a->version, &b->version);
    case FAMILY_DATE:
        return instant_order(a->instant_ms, (struct span){a->text, a->len}, b->instant_ms,
                             (struct span){b->text, b->len});
    default:
        return (a->whole > b->whole) - (a->whole < b->whole);
    }
}

size_t scale_rank(const struct scale *scale, const struct operand_value *value)
{
    size_t rank = 0;
    while (rank < scale->count && compare_values(scale->family, scale->values[rank], value) < 0) {
        rank++;
    }
    return rank;
}

static void scale_add(struct scale *scale, const struct operand_value *value)
{
    size_t rank = scale_rank(scale, value);
    if (rank < scale->count && compare_values(scale->family, scale->values[rank], value) == 0) {
        return;
    }
    INVARIANT(scale->count < MODEL_SCALE_MAX);
    for (size_t i = scale->count; i > rank; i--) {
        scale->values[i] = scale->values[i - 1];
    }
    scale->values[rank] = value;
    scale->count++;
}

struct scale scale_of(const struct model *model, enum family family)
{
    struct scale scale = {.family = family};
    for (size_t i = 0; i < model->count; i++) {
        if (model_is_of(model, i, family)) {
            scale_add(&scale, &model->clauses[i]->operand.values[0]);
        }
    }
    // A number is told from others by the texts that are wanted, too.
    for (size_t i = 0; family == FAMILY_NUMBER && i < model->point_count; i++) {
        if (model->points[i]->is_number) {
            scale_add(&scale, model->points[i]);
        }
    }
    return scale;
}

size_t scale_regions(const struct scale *scale)
{
    return 2 * scale->count + 1;
}

// Counts are whole numbers, so that there may be none between two of them.
static bool region_is_empty(const struct scale *scale, size_t region)
{
    if (scale->family != FAMILY_COUNT || region % 2 == 1 || region == 2 * scale->count) {
        return false;
    }
    int64_t below = region == 0 ? -1 : scale->values[region / 2 - 1]->whole;
    return scale->values[region / 2]->whole - below <= 1;
}

// The vector of the family's clauses when the value lies in a region.
size_t scale_vector(const struct model *model, const struct scale *scale, size_t region)
{
    size_t vector = 0;
    for (size_t i = 0; i < model->count; i++) {
        if (model_is_of(model, i, scale->family)) {
            size_t at = 2 * scale_rank(scale, &model->clauses[i]->operand.values[0]) + 1;
            int order = (region > at) - (region < at);
            bool passes = operator_accepts(model->clauses[i]->op, order);
            vector += model_digit(model, i, passes ? TRUTH_TRUE : TRUTH_FALSE);
        }
    }
    return vector;
}

size_t model_unknown(const struct model *model, enum family family)
{
    size_t vector = 0;
    for (size_t i = 0; i < model->count; i++) {
        vector += model_is_of(model, i, family) ? model_digit(model, i, TRUTH_UNKNOWN) : 0;
    }
    return vector;
}

struct vector_set model_any_region(const struct model *model, enum family family,
                                   bool may_be_unknown)
{
    struct scale scale = scale_of(model, family);
    struct vector_set set = {0};
    for (size_t region = 0; region < scale_regions(&scale); region++) {
        if (!region_is_empty(&scale, region)) {
            set.has[scale_vector(model, &scale, region)] = true;
        }
    }
    if (may_be_unknown) {
        set.has[model_unknown(model, family)] = true;
    }
    return set;
}

// ---- what nothing is known of, but that it is the same each time

static bool is_same_test(const struct clause *a, const struct clause *b)
{
    return a->op->test == b->op->test && a->op->needs_all == b->op->needs_all &&
           a->op->operand == b->op->operand && a->op->accepts == b->op->accepts &&
           strcmp(a->operand.text, b->operand.text) == 0;
}

static bool is_first_of_its_test(const struct model *model, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (model_family(model->clauses[i]->op) == model_family(model->clauses[index]->op) &&
            is_same_test(model->clauses[i], model->clauses[index])) {
            return false;
        }
    }
    return true;
}

struct vector_set model_any_result(const struct model *model, enum family family,
                                   bool may_be_unknown)
{
    struct vector_set set = vector_set_of(0);
    for (size_t i = 0; i < model->count; i++) {
        if (!model_is_of(model, i, family) || !is_first_of_its_test(model, i)) {
            continue;
        }
        struct vector_set one = {0};
        for (int truth = TRUTH_FALSE; truth <= TRUTH_TRUE; truth++) {
            size_t vector = 0;
            for (size_t j = i; j < model->count; j++) {
                bool is_it = model_is_of(model, j, family) &&
                             is_same_test(model->clauses[i], model->clauses[j]);
                vector += is_it ? model_digit(model, j, (enum truth)truth) : 0;
            }
            one.has[vector] = one.has[vector] || truth != TRUTH_UNKNOWN || may_be_unknown;
        }
        vector_set_multiply(model, &set, &one);
    }
    return set;
}

// ---- lists that are searched

// Distinct values that Contains and its kin look for.
struct atoms {
    const struct operand_value *values[ATOMS_MAX];
    size_t count;
    bool is_beyond;
};

static size_t atom_find(const struct atoms *atoms, const struct operand_value *value)
{
    size_t at = 0;
    while (at < atoms->count && !(atoms->values[at]->len == value->len &&
                                  memcmp(atoms->values[at]->text, value->text, value->len) == 0)) {
        at++;
    }
    return at;
}

static struct atoms atoms_of(const struct model *model)
{
    struct atoms atoms = {0};
    for (size_t i = 0; i < model->count; i++) {
        const struct operand *operand = &model->clauses[i]->operand;
        bool is_searched = model_is_of(model, i, FAMILY_COLLECTION);
        for (size_t j = 0; is_searched && j < operand->count; j++) {
            if (atom_find(&atoms, &operand->values[j]) < atoms.count) {
                continue;
            }
            if (atoms.count == ATOMS_MAX) {
                atoms.is_beyond = true;
                return atoms;
            }
            atoms.values[atoms.count++] = &operand->values[j];
        }
    }
    return atoms;
}

// The vector when those of the atoms are there whose bits are set, and of the others is known what
// `absent` says.
static size_t search_vector(const struct model *model, const struct atoms *atoms, unsigned bits,
                            enum truth absent)
{
    size_t vector = 0;
    for (size_t i = 0; i < model->count; i++) {
        const struct clause *clause = model->clauses[i];
        if (!model_is_of(model, i, FAMILY_COLLECTION)) {
            continue;
        }
        enum truth joined = clause->op->needs_all ? TRUTH_TRUE : TRUTH_FALSE;
        for (size_t j = 0; j < clause->operand.count; j++) {
            bool is_there = (bits >> atom_find(atoms, &clause->operand.values[j]) & 1) != 0;
            enum truth has = is_there ? TRUTH_TRUE : absent;
            bool decides = clause->op->needs_all ? has < joined : has > joined;
            joined = decides ? has : joined;
        }
        vector += model_digit(model, i, joined);
    }
    return vector;
}

struct vector_set model_any_search(const struct model *model, bool may_be_unknown)
{
    struct atoms atoms = atoms_of(model);
    if (atoms.is_beyond) {
        return model_any_result(model, FAMILY_COLLECTION, may_be_unknown);
    }
    struct vector_set set = {0};
    for (unsigned bits = 0; bits < 1U << atoms.count; bits++) {
        set.has[search_vector(model, &atoms, bits, TRUTH_FALSE)] = true;
        if (may_be_unknown) {
            set.has[search_vector(model, &atoms, bits, TRUTH_UNKNOWN)] = true;
        }
    }
    return set;
}
