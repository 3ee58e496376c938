// SPDX-License-Identifier: MIT
#include "lint_logic_tree.h"

#include "base/mem.h"

#include <string.h>

// Nodes looked at in all combinations together; past it less is taken to go together, so that less
// is ruled out.
enum { LOGIC_STEPS_MAX = 1000 * 1000 };

unsigned logic_lone_truths(const struct logic *logic, const struct logic_leaf *leaf)
{
    const struct truths *truths = &logic->features[leaf->feature].truths;
    unsigned bits = 0;
    for (size_t v = 0; v < truths_vectors(truths); v++) {
        bits |= truths->has[v] ? 1U << truths_digit(v, leaf->column) : 0;
    }
    return bits;
}

void logic_find_columns(const struct logic *logic, size_t node, unsigned *columns)
{
    size_t *times = mem_alloc(logic->feature_count, sizeof(*times));
    memset(columns, 0, logic->feature_count * sizeof(*columns));
    for (size_t i = 0; i < logic->leaf_count; i++) {
        const struct logic_leaf *leaf = &logic->leaves[i];
        if (leaf->node >= node && leaf->node < logic->nodes[node].end) {
            columns[leaf->feature] |= 1U << leaf->column;
            times[leaf->feature]++;
        }
    }
    for (size_t i = 0; i < logic->feature_count; i++) {
        columns[i] = times[i] > 1 ? columns[i] : 0;
    }
    mem_free(&times);
}

// Which columns of a feature go together; the others are taken to be independent.
struct bond {
    size_t feature;
    unsigned columns; // bits
    size_t *vectors;  // of these columns, each once; mem_free
    size_t count;
    size_t at; // of the combination that is looked at
};

struct combination {
    const struct logic *logic;
    size_t from; // the nodes looked at
    size_t end;
    struct bond *bonds;
    size_t bond_count;
    unsigned *leaf_truths; // of each leaf, in this combination
    unsigned *node_truths; // of each node, in all of them
};

static size_t keep_columns(size_t vector, unsigned columns)
{
    size_t kept = 0;
    for (size_t i = 0; i < TRUTHS_CLAUSES_MAX; i++) {
        kept += (columns >> i & 1) != 0 ? truths_power(i) * (size_t)truths_digit(vector, i) : 0;
    }
    return kept;
}

static void bond_init(struct bond *bond, const struct logic *logic, size_t feature,
                      unsigned columns)
{
    const struct truths *truths = &logic->features[feature].truths;
    bool seen[TRUTHS_VECTORS_MAX] = {false};
    *bond = (struct bond){.feature = feature, .columns = columns};
    bond->vectors = mem_alloc(truths_vectors(truths), sizeof(*bond->vectors));
    for (size_t v = 0; v < truths_vectors(truths); v++) {
        size_t kept = keep_columns(v, columns);
        if (truths->has[v] && !seen[kept]) {
            seen[kept] = true;
            bond->vectors[bond->count++] = kept;
        }
    }
}

// Kleene's `and` is the least, his `or` the greatest, of each with each.
static unsigned join_truths(unsigned a, unsigned b, bool is_and)
{
    unsigned joined = 0;
    for (unsigned i = TRUTH_FALSE; i <= TRUTH_TRUE; i++) {
        for (unsigned j = TRUTH_FALSE; j <= TRUTH_TRUE; j++) {
            bool is_possible = (a >> i & 1) != 0 && (b >> j & 1) != 0;
            unsigned truth = is_and == (i < j) ? i : j;
            joined |= is_possible ? 1U << truth : 0;
        }
    }
    return joined;
}

static unsigned judge_node(struct combination *combination, size_t *at)
{
    size_t index = (*at)++;
    const struct logic_node *node = &combination->logic->nodes[index];
    unsigned truths;
    if (node->leaf != LOGIC_NO_LEAF) {
        truths = combination->leaf_truths[node->leaf];
    } else {
        bool is_and = node->condition->group == GROUP_AND;
        truths = is_and ? LOGIC_TRUE : LOGIC_FALSE;
        while (*at < node->end) {
            truths = join_truths(truths, judge_node(combination, at), is_and);
        }
    }
    combination->node_truths[index] |= truths;
    return truths;
}

static void set_leaves(struct combination *combination)
{
    const struct logic *logic = combination->logic;
    for (size_t i = 0; i < logic->leaf_count; i++) {
        const struct logic_leaf *leaf = &logic->leaves[i];
        for (size_t j = 0; j < combination->bond_count; j++) {
            const struct bond *bond = &combination->bonds[j];
            if (bond->feature == leaf->feature && (bond->columns >> leaf->column & 1) != 0) {
                combination->leaf_truths[i] =
                    1U << truths_digit(bond->vectors[bond->at], leaf->column);
            }
        }
    }
}

static bool next_combination(struct combination *combination)
{
    for (size_t i = 0; i < combination->bond_count; i++) {
        struct bond *bond = &combination->bonds[i];
        if (++bond->at < bond->count) {
            return true;
        }
        bond->at = 0;
    }
    return false;
}

// Unties what has the most vectors until the rest can be looked at.
static void limit_bonds(struct combination *combination)
{
    for (;;) {
        size_t steps = combination->end - combination->from;
        size_t largest = 0;
        for (size_t i = 0; i < combination->bond_count; i++) {
            const struct bond *bond = &combination->bonds[i];
            steps = steps > LOGIC_STEPS_MAX ? steps : steps * bond->count;
            largest = bond->count > combination->bonds[largest].count ? i : largest;
        }
        if (steps <= LOGIC_STEPS_MAX || combination->bond_count == 0) {
            return;
        }
        mem_free(&combination->bonds[largest].vectors);
        combination->bonds[largest] = combination->bonds[--combination->bond_count];
    }
}

void logic_combine(const struct logic *logic, size_t node, const unsigned *columns,
                   unsigned *node_truths)
{
    struct combination combination = {
        .logic = logic, .from = node, .end = logic->nodes[node].end, .node_truths = node_truths};
    combination.bonds = mem_alloc(logic->feature_count, sizeof(*combination.bonds));
    combination.leaf_truths = mem_alloc(logic->leaf_count, sizeof(*combination.leaf_truths));
    for (size_t i = 0; i < logic->feature_count; i++) {
        if (columns[i] != 0) {
            bond_init(&combination.bonds[combination.bond_count++], logic, i, columns[i]);
        }
    }
    limit_bonds(&combination);
    for (size_t i = 0; i < logic->leaf_count; i++) {
        combination.leaf_truths[i] = logic_lone_truths(logic, &logic->leaves[i]);
    }
    do {
        set_leaves(&combination);
        size_t at = node;
        (void)judge_node(&combination, &at);
    } while (next_combination(&combination));
    for (size_t i = 0; i < combination.bond_count; i++) {
        mem_free(&combination.bonds[i].vectors);
    }
    mem_free(&combination.bonds);
    mem_free(&combination.leaf_truths);
}
