// SPDX-License-Identifier: MIT
//
// Selection walks segment by segment, depth first, which yields the same order as the node lists of
// RFC 9535 without storing the lists between segments. Where a node lies is known from the chain of
// places on the stack; a normalised path is made only for the one node somebody asks for.
#include "base/limits.h"
#include "base/mem.h"
#include "jsonpath_tree.h"

#include <inttypes.h>

// How a node was reached from its parent: a member (name) or an element (index).
struct place {
    const struct place *parent; // NULL at the root
    const char *name;           // NULL for an element
    size_t name_len;
    size_t index;
};

struct walk {
    const struct jsonpath *path;
    size_t visits; // nodes looked at, selected or not
    bool is_over;  // a limit was passed, or the node asked for was found
    // Called for each selected node.
    void (*on_node)(struct walk *walk, json_t *value, const struct place *place);
    void *context;
};

static void walk_segment(struct walk *walk, size_t segment, json_t *value,
                         const struct place *place);

// `value` was selected by the segment before `segment`.
static void walk_node(struct walk *walk, size_t segment, json_t *value, const struct place *place)
{
    if (walk->is_over) {
        return;
    }
    walk->visits++;
    if (walk->visits > LIMIT_PATH_VISITS) {
        walk->is_over = true;
    } else if (segment == walk->path->count) {
        walk->on_node(walk, value, place);
    } else {
        walk_segment(walk, segment, value, place);
    }
}

static void select_name(struct walk *walk, size_t next, const struct jsonpath_selector *selector,
                        json_t *value, const struct place *parent)
{
    json_t *member = json_object_getn(value, selector->name, selector->name_len);
    if (member != NULL) {
        struct place place = {parent, selector->name, selector->name_len, 0};
        walk_node(walk, next, member, &place);
    }
}

static void select_element(struct walk *walk, size_t next, size_t index, json_t *array,
                           const struct place *parent)
{
    struct place place = {.parent = parent, .index = index};
    walk_node(walk, next, json_array_get(array, index), &place);
}

static void select_index(struct walk *walk, size_t next, int64_t index, json_t *value,
                         const struct place *parent)
{
    int64_t len = (int64_t)json_array_size(value);
    int64_t at = index < 0 ? len + index : index;
    if (at >= 0 && at < len) {
        select_element(walk, next, (size_t)at, value, parent);
    }
}

static int64_t clamp(int64_t value, int64_t minimum, int64_t maximum)
{
    return value < minimum ? minimum : value > maximum ? maximum : value;
}

// RFC 9535, 2.3.4.2.2. Bounds are at most 2^53, so no sum here can overflow; the loop ends by
// counting elements, because adding a large step to the index might pass the end by far.
static void select_slice(struct walk *walk, size_t next, const struct jsonpath_slice *slice,
                         json_t *value, const struct place *parent)
{
    int64_t len = (int64_t)json_array_size(value);
    int64_t step = slice->step;
    if (step == 0 || len == 0) {
        return;
    }
    int64_t start = slice->has_start ? slice->start : step > 0 ? 0 : len - 1;
    int64_t end = slice->has_end ? slice->end : step > 0 ? len : -len - 1;
    start = start < 0 ? len + start : start;
    end = end < 0 ? len + end : end;
    if (step > 0) {
        end = clamp(end, 0, len);
        for (int64_t i = clamp(start, 0, len); i < end; i += step) {
            select_element(walk, next, (size_t)i, value, parent);
        }
    } else {
        end = clamp(end, -1, len - 1);
        for (int64_t i = clamp(start, -1, len - 1); i > end; i += step) {
            select_element(walk, next, (size_t)i, value, parent);
        }
    }
}

// What to do with each child of a node.
typedef void (*child_fn)(struct walk *walk, size_t segment, json_t *child,
                         const struct place *place);

static void walk_children(struct walk *walk, size_t segment, json_t *value,
                          const struct place *parent, child_fn fn)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value) && !walk->is_over; i++) {
            struct place place = {.parent = parent, .index = i};
            fn(walk, segment, json_array_get(value, i), &place);
        }
        return;
    }
    const char *name;
    size_t name_len;
    json_t *member;
    json_object_keylen_foreach(value, name, name_len, member)
    {
        struct place place = {parent, name, name_len, 0};
        fn(walk, segment, member, &place);
        if (walk->is_over) {
            return;
        }
    }
}

static void walk_selectors(struct walk *walk, size_t segment, json_t *value,
                           const struct place *place)
{
    const struct jsonpath_segment *current = &walk->path->segments[segment];
    size_t next = segment + 1;
    for (size_t i = 0; i < current->count && !walk->is_over; i++) {
        const struct jsonpath_selector *selector = &current->selectors[i];
        switch (selector->kind) {
        case JSONPATH_NAME:
            select_name(walk, next, selector, value, place);
            break;
        case JSONPATH_WILDCARD:
            walk_children(walk, next, value, place, walk_node);
            break;
        case JSONPATH_INDEX:
            select_index(walk, next, selector->index, value, place);
            break;
        case JSONPATH_SLICE:
            select_slice(walk, next, &selector->slice, value, place);
            break;
        }
    }
}

// RFC 9535, 2.5.2.2: the node itself first, then its children, each with all below it.
static void walk_descendants(struct walk *walk, size_t segment, json_t *value,
                             const struct place *place)
{
    walk->visits++;
    if (walk->visits > LIMIT_PATH_VISITS) {
        walk->is_over = true;
        return;
    }
    walk_selectors(walk, segment, value, place);
    walk_children(walk, segment, value, place, walk_descendants);
}

static void walk_segment(struct walk *walk, size_t segment, json_t *value,
                         const struct place *place)
{
    if (walk->path->segments[segment].is_descendant) {
        walk_descendants(walk, segment, value, place);
    } else {
        walk_selectors(walk, segment, value, place);
    }
}

static void on_node_collect(struct walk *walk, json_t *value, const struct place *place)
{
    (void)place;
    struct jsonpath_nodes *nodes = walk->context;
    if (nodes->count == LIMIT_PATH_NODES) {
        walk->is_over = true;
        return;
    }
    nodes->items = mem_grow(nodes->items, &nodes->capacity, nodes->count + 1, sizeof(json_t *));
    nodes->items[nodes->count++] = value;
}

enum err_kind jsonpath_select(const struct jsonpath *path, json_t *root,
                              struct jsonpath_nodes *nodes, struct err *err)
{
    struct walk walk = {.path = path, .on_node = on_node_collect, .context = nodes};
    walk_node(&walk, 0, root, NULL);
    if (walk.visits > LIMIT_PATH_VISITS) {
        return err_set(err, ERR_LIMIT, "the path looks at more than %d nodes", LIMIT_PATH_VISITS);
    }
    if (walk.is_over) {
        return err_set(err, ERR_LIMIT, "the path selects more than %d nodes", LIMIT_PATH_NODES);
    }
    return ERR_OK;
}

void jsonpath_nodes_deinit(struct jsonpath_nodes *nodes)
{
    mem_free(&nodes->items);
    *nodes = (struct jsonpath_nodes){0};
}

// RFC 9535, 2.7: single quotes, and the shortest escape for what cannot stand as it is.
static void append_normal_name(struct buf *out, const char *name, size_t len)
{
    (void)buf_append_text(out, "['");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        static const char *const SHORT[0x20] = {
            ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
        if (c == '\'' || c == '\\') {
            (void)buf_append_char(out, '\\');
            (void)buf_append_char(out, (char)c);
        } else if (c >= 0x20) {
            (void)buf_append_char(out, (char)c);
        } else if (SHORT[c] != NULL) {
            (void)buf_append_text(out, SHORT[c]);
        } else {
            (void)buf_append_format(out, "\\u%04x", (unsigned)c);
        }
    }
    (void)buf_append_text(out, "']");
}

static void append_place(struct buf *out, const struct place *place)
{
    if (place == NULL) {
        (void)buf_append_char(out, '$');
        return;
    }
    append_place(out, place->parent);
    if (place->name != NULL) {
        append_normal_name(out, place->name, place->name_len);
    } else {
        (void)buf_append_format(out, "[%zu]", place->index);
    }
}

struct locating {
    size_t left; // nodes before the one wanted
    bool is_found;
    struct buf *out;
};

static void on_node_locate(struct walk *walk, json_t *value, const struct place *place)
{
    (void)value;
    struct locating *locating = walk->context;
    if (locating->left > 0) {
        locating->left--;
        return;
    }
    append_place(locating->out, place);
    locating->is_found = true;
    walk->is_over = true;
}

void jsonpath_locate(const struct jsonpath *path, json_t *root, size_t index, struct buf *out)
{
    struct locating locating = {.left = index, .out = out};
    struct walk walk = {.path = path, .on_node = on_node_locate, .context = &locating};
    walk_node(&walk, 0, root, NULL);
    ENSURE(locating.is_found);
}
