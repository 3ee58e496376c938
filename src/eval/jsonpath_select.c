// SPDX-License-Identifier: MIT
//
// Selection walks segment by segment, depth first, which yields the same order as the node lists of
// RFC 9535 without storing the lists between segments. Where a node lies is known from the chain of
// places on the stack; a normalised path is made only for a node that somebody asks for.
#include "base/limits.h"
#include "base/mem.h"
#include "jsonpath_prefix.h"
#include "jsonpath_walk.h"

void jsonpath_overrun(struct jsonpath_run *run)
{
    if (!run->is_over) {
        run->is_over = true;
        (void)err_set(run->err, ERR_LIMIT, "the path looks at more than %d nodes",
                      LIMIT_PATH_VISITS);
    }
}

static void nodes_add(struct jsonpath_nodes *nodes, struct value value)
{
    nodes->items = mem_grow(nodes->items, &nodes->capacity, nodes->count + 1, sizeof(struct value));
    nodes->items[nodes->count++] = value;
}

static bool is_ended(const struct jsonpath_walk *walk)
{
    return walk->is_done || walk->run->is_over;
}

static void walk_segment(struct jsonpath_walk *walk, size_t segment, struct value value,
                         const struct jsonpath_place *place);

// `value` was selected by the segment before `segment`.
static void walk_node(struct jsonpath_walk *walk, size_t segment, struct value value,
                      const struct jsonpath_place *place)
{
    if (walk->is_done || !jsonpath_charge(walk->run, 1)) {
        return;
    }
    if (segment == walk->query->count) {
        walk->on_node(walk, value, place);
    } else {
        walk_segment(walk, segment, value, place);
    }
}

struct value jsonpath_member(struct jsonpath_run *run, struct value object, struct span name)
{
    if (value_kind(object) != VALUE_OBJECT) {
        return (struct value){0};
    }
    bool goes_on = jsonpath_charge(run, value_size(object) / JSONPATH_MEMBERS_PER_NODE);
    return goes_on ? value_member(object, name.bytes, name.len) : (struct value){0};
}

static void select_name(struct jsonpath_walk *walk, size_t next,
                        const struct jsonpath_selector *selector, struct value value,
                        const struct jsonpath_place *parent)
{
    const struct span name = {selector->name, selector->name_len};
    struct value member = jsonpath_member(walk->run, value, name);
    if (value_exists(member)) {
        struct jsonpath_place place = {parent, name.bytes, name.len, 0};
        walk_node(walk, next, member, &place);
    }
}

static int64_t array_size(struct value value)
{
    return value_kind(value) == VALUE_ARRAY ? (int64_t)value_size(value) : 0;
}

// Element `index`, counted from the end when negative, and its index from the start.
static struct value find_element(struct jsonpath_run *run, struct value array, int64_t index,
                                 size_t *at_out)
{
    int64_t len = array_size(array);
    int64_t at = index < 0 ? len + index : index;
    if (at < 0 || at >= len || !jsonpath_charge(run, (size_t)at / JSONPATH_MEMBERS_PER_NODE)) {
        return (struct value){0};
    }
    *at_out = (size_t)at;
    return value_element(array, (size_t)at);
}

static void select_index(struct jsonpath_walk *walk, size_t next, int64_t index, struct value value,
                         const struct jsonpath_place *parent)
{
    struct jsonpath_place place = {.parent = parent};
    struct value element = find_element(walk->run, value, index, &place.index);
    if (value_exists(element)) {
        walk_node(walk, next, element, &place);
    }
}

static int64_t clamp(int64_t value, int64_t minimum, int64_t maximum)
{
    return value < minimum ? minimum : value > maximum ? maximum : value;
}

// The indexes that a slice selects, as a rising sequence: from `first`, each `step`, before `end`.
struct rising {
    int64_t first;
    int64_t step;
    int64_t end;
};

// RFC 9535, 2.3.4.2.2. Bounds are at most 2^53, so no sum here can overflow. A falling slice is
// turned round: it selects from `first` up to where it began.
static struct rising rise(const struct jsonpath_slice *slice, int64_t len)
{
    int64_t step = slice->step;
    int64_t start = slice->has_start ? slice->start : step > 0 ? 0 : len - 1;
    int64_t end = slice->has_end ? slice->end : step > 0 ? len : -len - 1;
    start = start < 0 ? len + start : start;
    end = end < 0 ? len + end : end;
    if (step > 0) {
        return (struct rising){clamp(start, 0, len), step, clamp(end, 0, len)};
    }
    int64_t upper = clamp(start, -1, len - 1);
    int64_t lower = clamp(end, -1, len - 1);
    int64_t down = step < -len ? len : -step;
    int64_t count = upper > lower ? (upper - lower + down - 1) / down : 0;
    return (struct rising){upper - (count - 1) * down, down, count > 0 ? upper + 1 : 0};
}

// The elements are found from the first on, because those of a tape are. Falling, they are kept
// until the last is found.
static void select_slice(struct jsonpath_walk *walk, size_t next,
                         const struct jsonpath_slice *slice, struct value value,
                         const struct jsonpath_place *parent)
{
    int64_t len = array_size(value);
    if (slice->step == 0 || len == 0) {
        return;
    }
    struct rising rising = rise(slice, len);
    struct jsonpath_nodes found = {0};
    struct value_children children = value_children(value);
    int64_t wanted = rising.first;
    size_t passed = (size_t)(rising.end < 0 ? 0 : rising.end) / JSONPATH_MEMBERS_PER_NODE;
    if (!jsonpath_charge(walk->run, passed)) {
        return;
    }
    while (wanted < rising.end && !is_ended(walk) && value_children_next(&children)) {
        if ((int64_t)children.index != wanted) {
            continue;
        }
        struct jsonpath_place place = {.parent = parent, .index = children.index};
        if (slice->step > 0) {
            walk_node(walk, next, children.value, &place);
        } else if (jsonpath_charge(walk->run, 1)) {
            nodes_add(&found, children.value);
        }
        wanted += rising.step;
    }
    for (size_t i = found.count; i > 0 && !is_ended(walk); i--) {
        wanted -= rising.step;
        struct jsonpath_place place = {.parent = parent, .index = (size_t)wanted};
        walk_node(walk, next, found.items[i - 1], &place);
    }
    jsonpath_nodes_deinit(&found);
}

static struct jsonpath_place place_of(const struct value_children *child,
                                      const struct jsonpath_place *parent)
{
    return (struct jsonpath_place){parent, child->name.bytes, child->name.len, child->index};
}

static void select_all(struct jsonpath_walk *walk, size_t next, struct value value,
                       const struct jsonpath_place *parent)
{
    struct value_children children = value_children(value);
    while (!is_ended(walk) && value_children_next(&children)) {
        struct jsonpath_place place = place_of(&children, parent);
        walk_node(walk, next, children.value, &place);
    }
}

static void select_filtered(struct jsonpath_walk *walk, size_t next,
                            const struct jsonpath_test *filter, struct value value,
                            const struct jsonpath_place *parent)
{
    struct value_children children = value_children(value);
    while (!is_ended(walk) && value_children_next(&children)) {
        if (jsonpath_charge(walk->run, 1) &&
            jsonpath_test_holds(walk->run, filter, children.value)) {
            struct jsonpath_place place = place_of(&children, parent);
            walk_node(walk, next, children.value, &place);
        }
    }
}

static void walk_selectors(struct jsonpath_walk *walk, size_t segment, struct value value,
                           const struct jsonpath_place *place)
{
    const struct jsonpath_segment *current = &walk->query->segments[segment];
    size_t next = segment + 1;
    if (!jsonpath_charge(walk->run, current->count / JSONPATH_SELECTORS_PER_NODE)) {
        return;
    }
    for (size_t i = 0; i < current->count && !is_ended(walk); i++) {
        const struct jsonpath_selector *selector = &current->selectors[i];
        switch (selector->kind) {
        case JSONPATH_NAME:
            select_name(walk, next, selector, value, place);
            break;
        case JSONPATH_WILDCARD:
            select_all(walk, next, value, place);
            break;
        case JSONPATH_INDEX:
            select_index(walk, next, selector->index, value, place);
            break;
        case JSONPATH_SLICE:
            select_slice(walk, next, &selector->slice, value, place);
            break;
        case JSONPATH_FILTER:
            select_filtered(walk, next, selector->filter, value, place);
            break;
        }
    }
}

static bool has_children(struct value value)
{
    enum value_kind kind = value_kind(value);
    return kind == VALUE_ARRAY || kind == VALUE_OBJECT;
}

// RFC 9535, 2.5.2.2: the node itself first, then its children, each with all below it.
static void walk_descendants(struct jsonpath_walk *walk, size_t segment, struct value value,
                             const struct jsonpath_place *parent)
{
    if (!jsonpath_charge(walk->run, 1) || !has_children(value)) {
        return;
    }
    walk_selectors(walk, segment, value, parent);
    struct value_children children = value_children(value);
    while (!is_ended(walk) && value_children_next(&children)) {
        struct jsonpath_place place = place_of(&children, parent);
        walk_descendants(walk, segment, children.value, &place);
    }
}

static void walk_segment(struct jsonpath_walk *walk, size_t segment, struct value value,
                         const struct jsonpath_place *place)
{
    if (walk->query->segments[segment].is_descendant) {
        walk_descendants(walk, segment, value, place);
    } else {
        walk_selectors(walk, segment, value, place);
    }
}

void jsonpath_walk(struct jsonpath_walk *walk, struct value current)
{
    walk_node(walk, 0, walk->query->is_relative ? current : walk->run->root, NULL);
}

// As walk_node and the selectors do it, without a place and without calls back.
struct value jsonpath_step(struct jsonpath_run *run, const struct jsonpath_query *query,
                           struct value current)
{
    struct value value = query->is_relative ? current : run->root;
    for (size_t i = 0; i < query->count && value_exists(value); i++) {
        const struct jsonpath_selector *step = &query->segments[i].selectors[0];
        size_t at;
        if (!jsonpath_charge(run, 1)) {
            return (struct value){0};
        }
        value = step->kind == JSONPATH_NAME
                    ? jsonpath_member(run, value, (struct span){step->name, step->name_len})
                    : find_element(run, value, step->index, &at);
    }
    return value_exists(value) && jsonpath_charge(run, 1) ? value : (struct value){0};
}

// ---- The path itself ----------------------------------------------------------------------------

// The places to which the steps of the prefix lead; the last one, NULL for the root.
static const struct jsonpath_place *prefix_places(const struct jsonpath *path,
                                                  struct jsonpath_place *places)
{
    for (size_t i = 0; i < path->prefix; i++) {
        const struct jsonpath_selector *step = &path->query.segments[i].selectors[0];
        places[i] = (struct jsonpath_place){.parent = i == 0 ? NULL : &places[i - 1],
                                            .name = step->name,
                                            .name_len = step->name_len,
                                            .index = (size_t)step->index};
    }
    return path->prefix == 0 ? NULL : &places[path->prefix - 1];
}

// The steps of the prefix cost nothing, so that it makes no difference who goes them.
static struct value walk_prefix(const struct jsonpath *path, struct value value)
{
    for (size_t i = 0; i < path->prefix && value_exists(value); i++) {
        const struct jsonpath_selector *step = &path->query.segments[i].selectors[0];
        value = step->kind == JSONPATH_NAME ? value_member(value, step->name, step->name_len)
                                            : value_element(value, (size_t)step->index);
    }
    return value;
}

static void walk_path(const struct jsonpath *path, struct jsonpath_walk *walk)
{
    struct value value = walk_prefix(path, walk->run->root);
    if (value_exists(value)) {
        struct jsonpath_place places[LIMIT_PATH_SEGMENTS];
        walk_node(walk, path->prefix, value, prefix_places(path, places));
    }
}

void jsonpath_prefix_append(const struct jsonpath *path, struct buf *out)
{
    struct jsonpath_place places[LIMIT_PATH_SEGMENTS];
    jsonpath_place_append(prefix_places(path, places), out);
}

struct visiting {
    jsonpath_node_cb on_node;
    void *context;
    size_t count;
};

static void on_node_visit(struct jsonpath_walk *walk, struct value value,
                          const struct jsonpath_place *place)
{
    struct visiting *visiting = walk->context;
    struct jsonpath_run *run = walk->run;
    if (visiting->count == LIMIT_PATH_NODES) {
        run->is_over = true;
        (void)err_set(run->err, ERR_LIMIT, "the path selects more than %d nodes", LIMIT_PATH_NODES);
        return;
    }
    visiting->count++;
    visiting->on_node(visiting->context, value, place);
}

enum err_kind jsonpath_visit(const struct jsonpath *path, struct value root,
                             jsonpath_node_cb on_node, void *context, struct err *err)
{
    struct visiting visiting = {.on_node = on_node, .context = context};
    struct jsonpath_run run = {.root = root, .err = err};
    struct jsonpath_walk walk = {
        .run = &run, .query = &path->query, .on_node = on_node_visit, .context = &visiting};
    walk_path(path, &walk);
    return run.is_over ? err->kind : ERR_OK;
}

static void collect(void *context, struct value value, const struct jsonpath_place *place)
{
    (void)place;
    nodes_add(context, value);
}

enum err_kind jsonpath_select(const struct jsonpath *path, struct value root,
                              struct jsonpath_nodes *nodes, struct err *err)
{
    return jsonpath_visit(path, root, collect, nodes, err);
}

enum err_kind jsonpath_select_from(const struct jsonpath *path, struct value root,
                                   struct value start, struct jsonpath_nodes *nodes,
                                   struct err *err)
{
    struct visiting visiting = {.on_node = collect, .context = nodes};
    struct jsonpath_run run = {.root = root, .err = err};
    struct jsonpath_walk walk = {
        .run = &run, .query = &path->query, .on_node = on_node_visit, .context = &visiting};
    walk_node(&walk, path->prefix, start, NULL);
    return run.is_over ? err->kind : ERR_OK;
}

void jsonpath_nodes_deinit(struct jsonpath_nodes *nodes)
{
    mem_free(&nodes->items);
    *nodes = (struct jsonpath_nodes){0};
}

struct locating {
    size_t left; // nodes before the one wanted
    bool is_found;
    struct buf *out;
};

static void on_node_locate(struct jsonpath_walk *walk, struct value value,
                           const struct jsonpath_place *place)
{
    (void)value;
    struct locating *locating = walk->context;
    if (locating->left > 0) {
        locating->left--;
        return;
    }
    jsonpath_place_append(place, locating->out);
    locating->is_found = true;
    walk->is_done = true;
}

void jsonpath_locate(const struct jsonpath *path, struct value root, size_t index, struct buf *out)
{
    struct locating locating = {.left = index, .out = out};
    struct err err = ERR_INIT;
    struct jsonpath_run run = {.root = root, .err = &err};
    struct jsonpath_walk walk = {
        .run = &run, .query = &path->query, .on_node = on_node_locate, .context = &locating};
    walk_path(path, &walk);
    ENSURE(locating.is_found);
}
