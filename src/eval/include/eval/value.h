// SPDX-License-Identifier: MIT
//
// A JSON value of a document, wherever the document is held: in a jansson tree (rules, and the
// documents of the slow evaluation) or on a tape (the fast one). Whoever looks at values asks here,
// so that both are judged by the same code.
//
// Numbers are kept as they were written: on a tape they stand in the text, in a tree those that
// jansson would change are written numbers (domain/json_number.h). A tree holds no JSON_REAL.
//
// Thread: as the document: a tree that nobody changes may be read by any number of threads, a tape
// by its owner's.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tape;

enum value_kind {
    VALUE_NULL,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_NUMBER,
    VALUE_TEXT,
    VALUE_ARRAY,
    VALUE_OBJECT,
};

// Borrowed; passed by value. All zero is "nothing".
struct value {
    struct tape *tape; // NULL: a tree
    union {
        json_t *json;
        uint32_t node;
    };
};

// NULL, and TAPE_NONE (scan/tape.h), make nothing.
struct value value_of_json(const json_t *json);
static inline struct value value_of_node(struct tape *tape, uint32_t node)
{
    struct value value = {0};
    if (node != UINT32_MAX) {
        value.tape = tape;
        value.node = node;
    }
    return value;
}

static inline bool value_exists(struct value value)
{
    return value.tape != NULL || value.json != NULL;
}

// All below want a value that exists, if they do not say otherwise.

enum value_kind value_kind(struct value value);
const char *value_kind_text(enum value_kind kind); // "a number", "an array", … for messages
const char *value_type_text(const json_t *json);   // the same

// False also for nothing.
static inline bool value_is(struct value value, enum value_kind kind)
{
    return value_exists(value) && value_kind(value) == kind;
}

// The bytes of a text. On a tape as many bytes are readable behind them as a scanner wants.
struct span value_text(struct value text);

// A text, number or boolean as text: a number as it was written, 1.10 as 1.10 and 1e2 as 1e2, however
// many digits it has. `span` borrows from the value or points into `storage`, so the struct is not
// copied.
enum { VALUE_NUMBER_BYTES = 32 };
struct value_string {
    struct span span;
    char storage[VALUE_NUMBER_BYTES];
};
// False for null, an array and an object, which have no text.
bool value_string(struct value value, struct value_string *string_out);

// A number as it was written, which decimal.h reads.
void value_digits(struct value number, struct value_string *digits_out);
// Whether a number was written with a point or an exponent.
bool value_is_fraction(struct value number);

// Elements or members; 0 of anything else.
size_t value_size(struct value value);
// Nothing, when it is not there or the value is no object, or no array.
struct value value_member(struct value object, const char *name, size_t len);
struct value value_element(struct value array, size_t index);

// The members or elements, in the order of the document; none of anything else. The value must not
// go meanwhile.
struct value_children {
    struct value value; // of the member, or the element
    struct span name;   // of the member; bytes NULL for an element
    size_t index;       // from 0
    // private
    struct value container;
    void *iterator;
    uint32_t next;
};
static inline struct value_children value_children(struct value container)
{
    bool is_tree = container.tape == NULL;
    return (struct value_children){.container = container,
                                   .index = SIZE_MAX,
                                   .iterator = is_tree ? json_object_iter(container.json) : NULL,
                                   .next = is_tree ? 0 : container.node + 1};
}
bool value_children_next(struct value_children *children); // false behind the last

// Any JSON value as a tree: no member twice, at most LIMIT_RECORD_DEPTH levels and
// LIMIT_RECORD_BYTES. The caller releases *json_out. ERR_INVALID with the position (bytes, from 1),
// ERR_LIMIT.
enum err_kind value_parse(const char *text, size_t len, json_t **json_out, struct err *err);

// A value as a tree, a new reference; of a tape, copied.
json_t *value_to_json(struct value value);

// Appends a value as JSON, numbers as they were written. `indent` blanks a level, 0: all on
// one line. The depth of the value bounds the recursion.
void value_append(struct buf *out, struct value value, int indent);
