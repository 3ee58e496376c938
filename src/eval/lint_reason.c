// SPDX-License-Identifier: MIT
#include "lint_logic.h"

#include "base/mem.h"
#include "lint_logic_tree.h"

#include <stdint.h>

// Whether a truth stays ruled out when only these columns go together.
static bool rules_out(const struct logic *logic, size_t node, enum truth truth,
                      const unsigned *columns)
{
    unsigned *truths = mem_alloc(logic->node_count, sizeof(*truths));
    logic_combine(logic, node, columns, truths);
    bool is_out = (truths[node] >> truth & 1) == 0;
    mem_free(&truths);
    return is_out;
}

// Of two that are neither both true nor both false, what bears on the truth comes first.
static enum logic_cause pair_cause(const struct truths *truths, size_t a, size_t b,
                                   enum truth truth)
{
    if (!truths_have_pair(truths, a, truth, b, truth)) {
        return truth == TRUTH_TRUE ? LOGIC_NEVER_BOTH_TRUE : LOGIC_NEVER_BOTH_FALSE;
    }
    enum truth other = truth_not(truth);
    if (!truths_have_pair(truths, a, other, b, other)) {
        return other == TRUTH_TRUE ? LOGIC_NEVER_BOTH_TRUE : LOGIC_NEVER_BOTH_FALSE;
    }
    return LOGIC_PAIR;
}

// The clause that is never so by itself.
static size_t find_lone(const struct logic *logic, size_t node)
{
    for (size_t i = 0; i < logic->leaf_count; i++) {
        const struct logic_leaf *leaf = &logic->leaves[i];
        bool is_below = leaf->node >= node && leaf->node < logic->nodes[node].end;
        const unsigned both = LOGIC_TRUE | LOGIC_FALSE;
        if (is_below && (logic_lone_truths(logic, leaf) & both) != both) {
            return leaf->node;
        }
    }
    return node;
}

// Whether two columns of a feature were not tried yet, by a bit for each; they are from now on.
static bool is_new_pair(uint64_t *tried, size_t a, size_t b)
{
    uint64_t bits =
        UINT64_C(1) << (a * TRUTHS_CLAUSES_MAX + b) | UINT64_C(1) << (b * TRUTHS_CLAUSES_MAX + a);
    bool is_new = (*tried & bits) == 0;
    *tried |= bits;
    return is_new;
}

// Two clauses on one feature that suffice. A clause may be there many times.
static bool find_pair(const struct logic *logic, size_t node, enum truth truth,
                      struct logic_reason *reason_out)
{
    unsigned *columns = mem_alloc(logic->feature_count, sizeof(*columns));
    uint64_t *tried = mem_alloc(logic->feature_count, sizeof(*tried));
    bool is_found = false;
    for (size_t i = 0; i < logic->leaf_count && !is_found; i++) {
        const struct logic_leaf *a = &logic->leaves[i];
        for (size_t j = i + 1; j < logic->leaf_count && !is_found; j++) {
            const struct logic_leaf *b = &logic->leaves[j];
            if (a->feature != b->feature || a->node < node || b->node >= logic->nodes[node].end ||
                !is_new_pair(&tried[a->feature], a->column, b->column)) {
                continue;
            }
            columns[a->feature] = 1U << a->column | 1U << b->column;
            is_found = rules_out(logic, node, truth, columns);
            columns[a->feature] = 0;
            const struct truths *truths = &logic->features[a->feature].truths;
            *reason_out = (struct logic_reason){pair_cause(truths, a->column, b->column, truth),
                                                a->node, b->node};
        }
    }
    mem_free(&tried);
    mem_free(&columns);
    return is_found;
}

static bool find_feature(const struct logic *logic, size_t node, enum truth truth,
                         struct logic_reason *reason_out)
{
    unsigned *all = mem_alloc(logic->feature_count, sizeof(*all));
    unsigned *one = mem_alloc(logic->feature_count, sizeof(*one));
    bool is_found = false;
    logic_find_columns(logic, node, all);
    for (size_t i = 0; i < logic->leaf_count && !is_found; i++) {
        const struct logic_leaf *leaf = &logic->leaves[i];
        if (leaf->node >= node && all[leaf->feature] != 0) {
            one[leaf->feature] = all[leaf->feature];
            is_found = rules_out(logic, node, truth, one);
            one[leaf->feature] = 0;
            all[leaf->feature] = 0; // looked at
            *reason_out = (struct logic_reason){LOGIC_FEATURE, leaf->node, leaf->node};
        }
    }
    mem_free(&all);
    mem_free(&one);
    return is_found;
}

struct logic_reason logic_reason(struct logic *logic, size_t node, enum truth truth)
{
    struct logic_reason reason = {LOGIC_ALL, node, node};
    unsigned *none = mem_alloc(logic->feature_count, sizeof(*none));
    bool is_lone = rules_out(logic, node, truth, none);
    mem_free(&none);
    if (is_lone) {
        size_t lone = find_lone(logic, node);
        return (struct logic_reason){LOGIC_CLAUSE, lone, lone};
    }
    if (!find_pair(logic, node, truth, &reason) && !find_feature(logic, node, truth, &reason)) {
        reason = (struct logic_reason){LOGIC_ALL, node, node};
    }
    return reason;
}
