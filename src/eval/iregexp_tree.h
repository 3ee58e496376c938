// SPDX-License-Identifier: MIT
//
// A parsed I-Regexp: what the parser hands to the making of states. Thread: its owner's.
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IREGEXP_UNBOUNDED = -1 };

// A range of code points, or categories (bits of unicode_category_mask) when `categories` is not 0.
struct iregexp_item {
    uint32_t low;
    uint32_t high;
    uint32_t categories;
};

// Characters: those of some items, or all others.
struct iregexp_set {
    size_t first; // in the items
    size_t count;
    bool is_negated;
};

struct iregexp_sets {
    struct iregexp_item *items;
    size_t item_count;
    size_t item_capacity;
    struct iregexp_set *sets;
    size_t count;
    size_t capacity;
    bool has_categories; // a match needs the category of each character
};

enum iregexp_node_kind {
    IREGEXP_SET,
    IREGEXP_TEXT_START,
    IREGEXP_TEXT_END,
    IREGEXP_SEQUENCE,     // children one after the other; none: the empty text
    IREGEXP_ALTERNATIVES, // children, at least two
    IREGEXP_REPEAT,       // one child
};

struct iregexp_node {
    enum iregexp_node_kind kind;
    size_t set;                 // IREGEXP_SET
    int minimum;                // IREGEXP_REPEAT
    int maximum;                // IREGEXP_REPEAT: or IREGEXP_UNBOUNDED
    struct iregexp_node *child; // the first one
    struct iregexp_node *next;  // sibling
};

// `sets` is zeroed by the caller and released with iregexp_sets_deinit, also after a failure.
enum err_kind iregexp_parse(const char *pattern, size_t len, struct iregexp_sets *sets,
                            struct iregexp_node **root_out, struct err *err);
void iregexp_node_destroy(struct iregexp_node **node);
void iregexp_sets_deinit(struct iregexp_sets *sets);
