// SPDX-License-Identifier: MIT
//
// A JSON document as a tape: one small node per value and name, in the order of the text, each with
// the place of its bytes in the text. Nothing is decoded or copied when a tape is made; a text with
// escapes is decoded when somebody asks for it, once.
//
// The value at a node, all that is below it included, takes the nodes from it up to its `next`. An
// object's nodes are pairs of a name and a value, an array's nodes values.
//
// Thread: a tape belongs to one thread, also for reading, because texts are decoded in place. What
// is read from it lives until the scanner makes the next tape in its place.
#pragma once

#include "base/check.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tape_kind {
    TAPE_NULL,
    TAPE_FALSE,
    TAPE_TRUE,
    TAPE_NUMBER,
    TAPE_TEXT,
    TAPE_ARRAY,
    TAPE_OBJECT,
    TAPE_NAME, // of the member whose value is the next node
};

// What `tag` holds: the kind, two marks of texts and names, and above them a container's count of
// elements or members.
enum {
    TAPE_KIND_MASK = 0x0f,
    TAPE_ESCAPED = 0x10, // begin and end point into the document, and there are escapes between
    TAPE_DECODED = 0x20, // begin and end point into what was decoded
    TAPE_COUNT_SHIFT = 8,
};

// begin, end: of a text or name the bytes between its quotes; of anything else all its bytes.
struct tape_node {
    uint32_t begin;
    uint32_t end;
    uint32_t next; // index of the node behind the value; behind a name it is not set
    uint32_t tag;
};

static const uint32_t TAPE_NONE = UINT32_MAX;

struct tape {
    const char *bytes; // the document, borrowed from who had it scanned
    struct tape_node *nodes;
    uint32_t count;
    char *decoded; // texts without their escapes; room for the document's bytes and SCAN_PADDING
    uint32_t decoded_len;
};

static inline enum tape_kind tape_kind(const struct tape *tape, uint32_t node)
{
    return (enum tape_kind)(tape->nodes[node].tag & TAPE_KIND_MASK);
}

// Elements of an array, members of an object; 0 of anything else.
static inline uint32_t tape_size(const struct tape *tape, uint32_t node)
{
    return tape->nodes[node].tag >> TAPE_COUNT_SHIFT;
}

// The bytes of the value as they stand in the document.
static inline struct span tape_raw(const struct tape *tape, uint32_t node)
{
    const struct tape_node *found = &tape->nodes[node];
    return (struct span){tape->bytes + found->begin, found->end - found->begin};
}

// For tape_text.
struct span tape_decode(struct tape *tape, uint32_t node);

// A text or a name, escapes decoded; the bytes of anything else. Behind both are as many readable
// bytes as a scanner wants behind a document.
static inline struct span tape_text(struct tape *tape, uint32_t node)
{
    uint32_t marks = tape->nodes[node].tag & (TAPE_ESCAPED | TAPE_DECODED);
    return marks == 0 ? tape_raw(tape, node) : tape_decode(tape, node);
}

// The value of a member of an object, TAPE_NONE when there is none of that name.
uint32_t tape_member(struct tape *tape, uint32_t object, const char *name, size_t len);

// Element `index` of an array, TAPE_NONE past its end.
uint32_t tape_element(const struct tape *tape, uint32_t array, size_t index);
