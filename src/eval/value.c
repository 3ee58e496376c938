// SPDX-License-Identifier: MIT
#include "eval/value.h"

#include "base/check.h"
#include "decimal.h"
#include "domain/json_number.h"
#include "scan/tape.h"
#include "tree.h"
#include "value_kind.h"

#include <stdint.h>

struct value value_of_json(const json_t *json)
{
    // jansson's iterators want what is not const, and change nothing.
    return (struct value){.json = (json_t *)(uintptr_t)json};
}

static enum value_kind kind_of_json(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return VALUE_OBJECT;
    case JSON_ARRAY:
        return VALUE_ARRAY;
    case JSON_STRING:
        return json_number_is_written(json) ? VALUE_NUMBER : VALUE_TEXT;
    case JSON_INTEGER:
    case JSON_REAL:
        return VALUE_NUMBER;
    case JSON_TRUE:
        return VALUE_TRUE;
    case JSON_FALSE:
        return VALUE_FALSE;
    case JSON_NULL:
        break;
    }
    return VALUE_NULL;
}

enum value_kind value_kind(struct value value)
{
    return value.tape == NULL ? kind_of_json(value.json)
                              : value_kind_of_tape(tape_kind(value.tape, value.node));
}

const char *value_kind_text(enum value_kind kind)
{
    switch (kind) {
    case VALUE_OBJECT:
        return "an object";
    case VALUE_ARRAY:
        return "an array";
    case VALUE_TEXT:
        return "a text";
    case VALUE_NUMBER:
        return "a number";
    case VALUE_TRUE:
    case VALUE_FALSE:
        return "a boolean";
    case VALUE_NULL:
        break;
    }
    return "null";
}

const char *value_type_text(const json_t *json)
{
    return value_kind_text(kind_of_json(json));
}

struct span value_text(struct value text)
{
    REQUIRE(value_kind(text) == VALUE_TEXT);
    return text.tape != NULL
               ? tape_text(text.tape, text.node)
               : (struct span){json_string_value(text.json), json_string_length(text.json)};
}

static void text_of_json_number(const json_t *json, struct value_string *text_out)
{
    if (!json_is_integer(json)) {
        text_out->span = json_number_text(json);
        return;
    }
    text_out->span.len = decimal_text_of_integer(json_integer_value(json), text_out->storage);
    text_out->span.bytes = text_out->storage;
}

void value_digits(struct value number, struct value_string *digits_out)
{
    REQUIRE(value_kind(number) == VALUE_NUMBER);
    if (number.tape == NULL) {
        text_of_json_number(number.json, digits_out);
    } else {
        digits_out->span = tape_raw(number.tape, number.node);
    }
}

bool value_string(struct value value, struct value_string *string_out)
{
    switch (value_kind(value)) {
    case VALUE_TEXT:
        string_out->span = value_text(value);
        return true;
    case VALUE_NUMBER:
        value_digits(value, string_out);
        return true;
    case VALUE_TRUE:
        string_out->span = span_of("true");
        return true;
    case VALUE_FALSE:
        string_out->span = span_of("false");
        return true;
    case VALUE_NULL:
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        break;
    }
    return false;
}

bool value_is_fraction(struct value number)
{
    struct value_string digits;
    value_digits(number, &digits);
    return json_number_is_fraction(digits.span);
}

size_t value_size(struct value value)
{
    if (value.tape != NULL) {
        return tape_size(value.tape, value.node);
    }
    // Both are 0 for anything else.
    return json_array_size(value.json) + json_object_size(value.json);
}

struct value value_member(struct value object, const char *name, size_t len)
{
    return object.tape != NULL
               ? value_of_node(object.tape, tape_member(object.tape, object.node, name, len))
               : value_of_json(json_object_getn(object.json, name, len));
}

struct value value_element(struct value array, size_t index)
{
    return array.tape != NULL
               ? value_of_node(array.tape, tape_element(array.tape, array.node, index))
               : value_of_json(json_array_get(array.json, index));
}

static bool next_of_tape(struct value_children *children)
{
    struct tape *tape = children->container.tape;
    uint32_t at = children->next;
    enum tape_kind kind = tape_kind(tape, children->container.node);
    bool is_container = kind == TAPE_OBJECT || kind == TAPE_ARRAY;
    if (!is_container || at >= tape->nodes[children->container.node].next) {
        return false;
    }
    if (kind == TAPE_OBJECT) {
        children->name = tape_text(tape, at);
        at++;
    }
    children->value = value_of_node(tape, at);
    children->next = tape->nodes[at].next;
    return true;
}

static bool next_of_tree(struct value_children *children)
{
    json_t *container = children->container.json;
    if (children->iterator != NULL) {
        children->name = (struct span){json_object_iter_key(children->iterator),
                                       json_object_iter_key_len(children->iterator)};
        children->value = value_of_json(json_object_iter_value(children->iterator));
        children->iterator = json_object_iter_next(container, children->iterator);
        return true;
    }
    children->value = value_of_json(json_array_get(container, children->index));
    return value_exists(children->value);
}

bool value_children_next(struct value_children *children)
{
    children->index++;
    return children->container.tape != NULL ? next_of_tape(children) : next_of_tree(children);
}

enum err_kind value_parse(const char *text, size_t len, json_t **json_out, struct err *err)
{
    return tree_parse(text, len, json_out, err);
}

static json_t *copy_children(struct value container, json_t *take_copy)
{
    struct value_children children = value_children(container);
    while (value_children_next(&children)) {
        json_t *child = value_to_json(children.value);
        if (children.name.bytes != NULL) {
            (void)json_object_setn_new_nocheck(take_copy, children.name.bytes, children.name.len,
                                               child);
        } else {
            (void)json_array_append_new(take_copy, child);
        }
    }
    return take_copy;
}

json_t *value_to_json(struct value value)
{
    if (value.tape == NULL) {
        return json_incref(value.json);
    }
    switch (value_kind(value)) {
    case VALUE_OBJECT:
        return copy_children(value, json_object());
    case VALUE_ARRAY:
        return copy_children(value, json_array());
    case VALUE_TEXT: {
        struct span text = value_text(value);
        return json_stringn_nocheck(text.bytes, text.len);
    }
    case VALUE_NUMBER:
        return json_number_new(tape_raw(value.tape, value.node));
    case VALUE_TRUE:
        return json_true();
    case VALUE_FALSE:
        return json_false();
    case VALUE_NULL:
        break;
    }
    return json_null();
}
