// SPDX-License-Identifier: MIT
//
// The plan of picks as the scanner walks it: a tree of places. Private to the room. Thread: as
// scan/pick.h.
#pragma once

#include "base/words.h"
#include "scan/pick.h"

// A member that picks lead to or through.
struct pick_child {
    char *name; // owned, with WORD_BYTES behind it
    size_t len;
    uint32_t hash;
    struct pick_place *place; // owned; NULL: the entry is free
};

struct pick_place {
    uint32_t slot;               // TAPE_NONE: nothing is picked here
    struct pick_child *children; // open addressing by hash
    uint32_t child_count;
    uint32_t child_mask;          // entries, a power of two, less one
    struct pick_place **elements; // owned; NULL where no pick leads
    uint32_t element_count;
};

// Where the member of that name leads, NULL when nowhere. The name's hash is known by then.
static inline const struct pick_place *pick_member(const struct pick_place *place, uint32_t hash,
                                                   struct span name)
{
    for (uint32_t at = hash & place->child_mask; place->children[at].place != NULL;
         at = (at + 1) & place->child_mask) {
        const struct pick_child *child = &place->children[at];
        if (child->hash == hash && child->len == name.len &&
            words_equal(child->name, name.bytes, name.len)) {
            return child->place;
        }
    }
    return NULL;
}

static inline const struct pick_place *pick_element(const struct pick_place *place, uint32_t index)
{
    return index < place->element_count ? place->elements[index] : NULL;
}
