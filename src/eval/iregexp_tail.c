// SPDX-License-Identifier: MIT
//
// Goes through the pattern from its end, as long as each character of a match is one byte.
#include "iregexp_tail.h"

#include "iregexp_tree.h"

enum { DISTANCE_MAX = 64, ASCII = 128 };

struct walk {
    const struct iregexp_sets *sets;
    bool is_at_end; // the end of the text was met
    uint32_t distance;
    struct iregexp_tail best;
    int best_count;
};

// False for a set with other characters than those of ASCII.
static bool read_set(const struct iregexp_sets *sets, size_t number, uint64_t bytes_out[2])
{
    const struct iregexp_set *set = &sets->sets[number];
    if (set->is_negated) {
        return false;
    }
    bytes_out[0] = 0;
    bytes_out[1] = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct iregexp_item *item = &sets->items[set->first + i];
        if (item->categories != 0 || item->high >= ASCII) {
            return false;
        }
        for (uint32_t c = item->low; c <= item->high; c++) {
            bytes_out[c / 64] |= UINT64_C(1) << c % 64;
        }
    }
    return true;
}

static bool walk_set(struct walk *walk, size_t number)
{
    uint64_t bytes[2];
    if (!walk->is_at_end || walk->distance == DISTANCE_MAX ||
        !read_set(walk->sets, number, bytes)) {
        return false;
    }
    int count = __builtin_popcountll(bytes[0]) + __builtin_popcountll(bytes[1]);
    walk->distance++;
    if (walk->best.distance == 0 || count < walk->best_count) {
        walk->best =
            (struct iregexp_tail){.bytes = {bytes[0], bytes[1]}, .distance = walk->distance};
        walk->best_count = count;
    }
    return true;
}

static bool walk_node(struct walk *walk, const struct iregexp_node *node);

// Of what may come more often, the last ones are certain.
static bool walk_repeat(struct walk *walk, const struct iregexp_node *repeat)
{
    for (int i = 0; i < repeat->minimum; i++) {
        if (!walk_node(walk, repeat->child)) {
            return false;
        }
    }
    return repeat->minimum == repeat->maximum;
}

// The last sibling first. LIMIT_PATTERN_BYTES bounds the recursion.
static bool walk_siblings(struct walk *walk, const struct iregexp_node *first)
{
    return first == NULL || (walk_siblings(walk, first->next) && walk_node(walk, first));
}

// False when nothing is certain of what stands before.
static bool walk_node(struct walk *walk, const struct iregexp_node *node)
{
    switch (node->kind) {
    case IREGEXP_SET:
        return walk_set(walk, node->set);
    case IREGEXP_TEXT_END:
        if (walk->distance > 0) {
            return false;
        }
        walk->is_at_end = true;
        return true;
    case IREGEXP_SEQUENCE:
        return walk_siblings(walk, node->child);
    case IREGEXP_REPEAT:
        return walk_repeat(walk, node);
    case IREGEXP_TEXT_START:
    case IREGEXP_ALTERNATIVES:
        break;
    }
    return false;
}

struct iregexp_tail iregexp_tail_of(const struct iregexp_node *root,
                                    const struct iregexp_sets *sets)
{
    struct walk walk = {.sets = sets};
    (void)walk_node(&walk, root);
    return walk.best;
}
