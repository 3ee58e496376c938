// SPDX-License-Identifier: MIT
#include "waiver_index.h"

#include "base/check.h"
#include "base/mem.h"
#include "base/pattern.h"

#include <stdlib.h>

// What a waiver names: one rule, one resource, both, or neither. The rest is patterns.
enum naming { NAMES_NOTHING = 0, NAMES_RULE = 1, NAMES_RESOURCE = 2, NAMES_BOTH = 3, NAMINGS };

// Waivers that name the same, in the order of what they name, then of the file.
struct order {
    const struct waiver **waivers;
    size_t count;
    size_t capacity;
};

struct waiver_index {
    struct order orders[NAMINGS];
};

// ---- making it

static int compare_places(const struct waiver *a, const struct waiver *b)
{
    return (a > b) - (a < b);
}

static const struct waiver *at_place(const void *place)
{
    return *(const struct waiver *const *)place;
}

static int sort_by_rule(const void *a, const void *b)
{
    int order = strcmp(at_place(a)->rule, at_place(b)->rule);
    return order != 0 ? order : compare_places(at_place(a), at_place(b));
}

static int sort_by_resource(const void *a, const void *b)
{
    int order = strcmp(at_place(a)->resource, at_place(b)->resource);
    return order != 0 ? order : compare_places(at_place(a), at_place(b));
}

static int sort_by_both(const void *a, const void *b)
{
    int order = strcmp(at_place(a)->rule, at_place(b)->rule);
    return order != 0 ? order : sort_by_resource(a, b);
}

static enum naming naming_of(const struct waiver *waiver)
{
    unsigned naming = (pattern_is_exact(waiver->rule) ? NAMES_RULE : 0U) |
                      (pattern_is_exact(waiver->resource) ? NAMES_RESOURCE : 0U);
    return (enum naming)naming;
}

static void add(struct order *order, const struct waiver *waiver)
{
    order->waivers =
        mem_grow(order->waivers, &order->capacity, order->count + 1, sizeof(const struct waiver *));
    order->waivers[order->count++] = waiver;
}

static void sort(struct order *order, int (*compare)(const void *a, const void *b))
{
    if (order->count > 0) {
        qsort(order->waivers, order->count, sizeof(const struct waiver *), compare);
    }
}

struct waiver_index *waiver_index_create(const struct waiver_set *waivers, int64_t as_of_ms)
{
    struct waiver_index *index = mem_alloc(1, sizeof(*index));
    for (size_t i = 0; waivers != NULL && i < waivers->count; i++) {
        const struct waiver *waiver = &waivers->items[i];
        if (waiver_state_at(waiver, as_of_ms) == WAIVER_IN_FORCE) {
            add(&index->orders[naming_of(waiver)], waiver);
        }
    }
    sort(&index->orders[NAMES_RULE], sort_by_rule);
    sort(&index->orders[NAMES_RESOURCE], sort_by_resource);
    sort(&index->orders[NAMES_BOTH], sort_by_both);
    return index;
}

void waiver_index_destroy(struct waiver_index **index)
{
    if (*index == NULL) {
        return;
    }
    for (size_t i = 0; i < NAMINGS; i++) {
        mem_free(&(*index)->orders[i].waivers);
    }
    mem_free(index);
}

// ---- looking up

struct wanted {
    struct span rule_id;
    struct span resource_id;
};

// Of the names that the waiver has, by the order of its kind.
static int compare_names(enum naming naming, const struct waiver *waiver,
                         const struct wanted *wanted)
{
    int order = 0;
    if (naming == NAMES_RULE || naming == NAMES_BOTH) {
        order = span_compare(span_of(waiver->rule), wanted->rule_id);
    }
    if (order == 0 && (naming == NAMES_RESOURCE || naming == NAMES_BOTH)) {
        order = span_compare(span_of(waiver->resource), wanted->resource_id);
    }
    return order;
}

// The first that does not stand before those that name what is wanted.
static size_t find_first(const struct order *order, enum naming naming, const struct wanted *wanted)
{
    size_t low = 0;
    size_t high = order->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_names(naming, order->waivers[middle], wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool fits(const struct waiver *waiver, const struct wanted *wanted)
{
    return pattern_matches(waiver->rule, wanted->rule_id) &&
           pattern_matches(waiver->resource, wanted->resource_id);
}

// The first of one kind that fits, or `found`, when that stands before it in the file.
static const struct waiver *first_of(const struct waiver_index *index, enum naming naming,
                                     const struct wanted *wanted, const struct waiver *found)
{
    const struct order *order = &index->orders[naming];
    for (size_t i = find_first(order, naming, wanted); i < order->count; i++) {
        const struct waiver *waiver = order->waivers[i];
        bool is_behind = found != NULL && waiver > found;
        if (is_behind || compare_names(naming, waiver, wanted) != 0) {
            break;
        }
        if (fits(waiver, wanted)) {
            return waiver;
        }
    }
    return found;
}

const struct waiver *waiver_index_find(const struct waiver_index *index, const char *rule_id,
                                       struct span resource_id)
{
    // Those that are found at once come first, and leave less to try of the others.
    static const enum naming NAMINGS_IN_TURN[] = {NAMES_BOTH, NAMES_RESOURCE, NAMES_RULE,
                                                  NAMES_NOTHING};
    const struct wanted wanted = {span_of(rule_id), resource_id};
    const struct waiver *found = NULL;
    for (size_t i = 0; i < ARRAY_LEN(NAMINGS_IN_TURN); i++) {
        found = first_of(index, NAMINGS_IN_TURN[i], &wanted, found);
    }
    return found;
}
