// SPDX-License-Identifier: MIT
#include "lint_logic.h"

#include "base/mem.h"
#include "jsonpath_tree.h"
#include "lint_logic_tree.h"

#include <string.h>

// ---- the same feature, the same clause

static bool selectors_same(const struct jsonpath_segment *a, const struct jsonpath_segment *b)
{
    const struct jsonpath_selector *left = &a->selectors[0];
    const struct jsonpath_selector *right = &b->selectors[0];
    if (left->kind != right->kind) {
        return false;
    }
    if (left->kind != JSONPATH_NAME) {
        return left->index == right->index;
    }
    return left->name_len == right->name_len &&
           memcmp(left->name, right->name, left->name_len) == 0;
}

// Paths of names and indexes by what they mean, others by how they are written.
static bool paths_same(const struct jsonpath *a, const struct jsonpath *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    if (strcmp(a->text, b->text) == 0) {
        return true;
    }
    bool is_same =
        jsonpath_is_singular(a) && jsonpath_is_singular(b) && a->query.count == b->query.count;
    for (size_t i = 0; is_same && i < a->query.count; i++) {
        is_same = selectors_same(&a->query.segments[i], &b->query.segments[i]);
    }
    return is_same;
}

static bool sources_same(const struct feature_source *a, const struct feature_source *b)
{
    return a->origin == b->origin && paths_same(a->field, b->field) && paths_same(a->path, b->path);
}

static bool operands_same(const struct operand *a, const struct operand *b)
{
    bool is_same = a->count == b->count;
    for (size_t i = 0; is_same && i < a->count; i++) {
        is_same = span_equals((struct span){a->values[i].text, a->values[i].len},
                              (struct span){b->values[i].text, b->values[i].len});
    }
    return is_same;
}

static bool clauses_same(const struct clause *a, const struct clause *b)
{
    return a->op == b->op && a->quantifier == b->quantifier &&
           sources_same(&a->source, &b->source) && operands_same(&a->operand, &b->operand);
}

bool logic_is_same(const struct condition *a, const struct condition *b)
{
    if (a->group != b->group || a->count != b->count) {
        return false;
    }
    if (a->group == GROUP_NONE) {
        return clauses_same(a->clause, b->clause);
    }
    bool is_same = true;
    for (size_t i = 0; is_same && i < a->count; i++) {
        is_same = logic_is_same(a->children[i], b->children[i]);
    }
    return is_same;
}

// ---- building

static size_t count_nodes(const struct condition *condition)
{
    size_t count = 1;
    for (size_t i = 0; i < condition->count; i++) {
        count += count_nodes(condition->children[i]);
    }
    return count;
}

// A feature that has the clause, or room for it; each has few clauses, and what does not fit is as
// good as another feature.
static void place_leaf(struct logic *logic, const struct clause *clause, struct logic_leaf *leaf)
{
    for (size_t i = 0; i < logic->feature_count; i++) {
        struct logic_feature *feature = &logic->features[i];
        if (!sources_same(&feature->clauses[0]->source, &clause->source)) {
            continue;
        }
        size_t column = 0;
        while (column < feature->count && !clauses_same(feature->clauses[column], clause)) {
            column++;
        }
        if (column < TRUTHS_CLAUSES_MAX) {
            feature->clauses[column] = clause;
            feature->count = column == feature->count ? column + 1 : feature->count;
            leaf->feature = i;
            leaf->column = column;
            return;
        }
    }
    logic->features = mem_grow(logic->features, &logic->feature_capacity, logic->feature_count + 1,
                               sizeof(*logic->features));
    logic->features[logic->feature_count] = (struct logic_feature){.clauses = {clause}, .count = 1};
    leaf->feature = logic->feature_count++;
    leaf->column = 0;
}

static void add_nodes(struct logic *logic, const struct condition *condition)
{
    size_t index = logic->node_count++;
    logic->nodes[index] = (struct logic_node){.condition = condition, .leaf = LOGIC_NO_LEAF};
    if (condition->group == GROUP_NONE) {
        struct logic_leaf *leaf = &logic->leaves[logic->leaf_count];
        leaf->node = index;
        place_leaf(logic, condition->clause, leaf);
        logic->nodes[index].leaf = logic->leaf_count++;
    }
    for (size_t i = 0; i < condition->count; i++) {
        add_nodes(logic, condition->children[i]);
    }
    logic->nodes[index].end = logic->node_count;
}

// ---- the whole

struct logic *logic_create(const struct condition *condition)
{
    struct logic *logic = mem_alloc(1, sizeof(*logic));
    size_t count = count_nodes(condition);
    logic->nodes = mem_alloc(count, sizeof(*logic->nodes));
    logic->leaves = mem_alloc(count, sizeof(*logic->leaves));
    add_nodes(logic, condition);
    for (size_t i = 0; i < logic->feature_count; i++) {
        struct logic_feature *feature = &logic->features[i];
        truths_of(feature->clauses, feature->count, &feature->truths);
    }
    unsigned *columns = mem_alloc(logic->feature_count, sizeof(*columns));
    unsigned *truths = mem_alloc(count, sizeof(*truths));
    logic_find_columns(logic, 0, columns);
    logic_combine(logic, 0, columns, truths);
    for (size_t i = 0; i < count; i++) {
        logic->nodes[i].truths = truths[i];
    }
    mem_free(&truths);
    mem_free(&columns);
    return logic;
}

void logic_destroy(struct logic **logic)
{
    if (*logic == NULL) {
        return;
    }
    mem_free(&(*logic)->nodes);
    mem_free(&(*logic)->leaves);
    mem_free(&(*logic)->features);
    mem_free(logic);
}

size_t logic_count(const struct logic *logic)
{
    return logic->node_count;
}

size_t logic_end(const struct logic *logic, size_t node)
{
    return logic->nodes[node].end;
}

unsigned logic_truths(const struct logic *logic, size_t node)
{
    return logic->nodes[node].truths;
}
