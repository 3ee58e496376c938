// SPDX-License-Identifier: MIT
//
// Input: a JSON pointer, a line end, a text. Whatever they are, the place lies inside the text, and
// its line and column are those of its offset. Where the text is JSON, what a pointer finds in the
// parsed tree is what stands at the place.
#include "base/check.h"
#include "base/mem.h"
#include "domain/json_place.h"
#include "domain/json_read.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_place(struct span text, const struct json_place *place)
{
    INVARIANT(place->offset <= text.len && place->len <= text.len - place->offset);
    size_t lines = 1;
    for (size_t i = 0; i < place->offset; i++) {
        lines += text.bytes[i] == '\n' ? 1 : 0;
    }
    INVARIANT(place->line == lines && place->column >= 1 && place->end_line >= place->line);
    struct json_place again = json_place_at_line(text, place->line, place->column);
    INVARIANT(again.line == place->line && again.column == place->column);
}

// Every value of the tree is found by its pointer, and is what it says.
static void check_tree(struct span text, const struct json_node *node)
{
    char *pointer = json_node_pointer(node);
    struct json_place place;
    INVARIANT(json_place_find(text, pointer, JSON_PLACE_VALUE, &place));
    check_place(text, &place);
    char first = text.bytes[place.offset];
    bool is_container = json_is_object(node->value) || json_is_array(node->value);
    bool is_quoted = json_is_string(node->value) || (is_container && node->key != NULL);
    INVARIANT(place.len > 0 && (first == '"') == is_quoted);
    INVARIANT(!is_container || is_quoted || place.len == 1);
    mem_free(&pointer);
    const char *key;
    json_t *value;
    json_object_foreach(node->value, key, value)
    {
        struct json_node child = json_member(node, key);
        check_tree(text, &child);
    }
    for (size_t i = 0; i < json_array_size(node->value); i++) {
        struct json_node child = json_element(node, i);
        check_tree(text, &child);
    }
}

static void check_json(struct span text)
{
    // A tree of n values is looked up n times.
    enum { TEXT_BYTES = 4096 };
    struct json_node root = {0};
    if (text.len <= TEXT_BYTES) {
        root.value =
            json_loadb(text.bytes, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    }
    if (root.value != NULL) {
        check_tree(text, &root);
    }
    json_decref(root.value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *all = (const char *)data;
    const char *line_end = size == 0 ? NULL : memchr(all, '\n', size);
    size_t pointer_len = line_end == NULL ? size : (size_t)(line_end - all);
    char *pointer = mem_text_n(size == 0 ? "" : all, pointer_len);
    size_t len = line_end == NULL ? 0 : size - pointer_len - 1;
    char *copy = mem_dup(size == 0 ? "" : all + size - len, len);
    struct span text = {copy, len};
    struct json_place place;
    (void)json_place_find(text, pointer, JSON_PLACE_VALUE, &place);
    check_place(text, &place);
    (void)json_place_find(text, pointer, JSON_PLACE_NAME, &place);
    check_place(text, &place);
    check_json(text);
    mem_free(&copy);
    mem_free(&pointer);
    return 0;
}
