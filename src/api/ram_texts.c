// SPDX-License-Identifier: MIT
#include "ram_texts.h"

#include "base/mem.h"
#include "ram_policy.h"

void ram_one_or_more_read(struct json_source *source, const struct json_node *node,
                          void (*on_value)(void *context, struct json_source *source,
                                           const struct json_node *node),
                          void *context)
{
    if (!json_is_array(node->value)) {
        on_value(context, source, node);
        return;
    }
    size_t count = json_array_size(node->value);
    if (count == 0) {
        json_error(source, node, "empty", "this is empty; one value or more are right");
    } else if (count > RAM_STRINGS_MAX) {
        json_limit_error(source, node, "values", RAM_STRINGS_MAX);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct json_node element = json_element(node, i);
        on_value(context, source, &element);
    }
}

static void add_text(void *context, struct json_source *source, const struct json_node *node)
{
    struct ram_texts *texts = context;
    if (!json_expect_text(source, node)) {
        return;
    }
    if (json_string_length(node->value) > RAM_STRING_BYTES_MAX) {
        json_limit_error(source, node, "bytes", RAM_STRING_BYTES_MAX);
        return;
    }
    texts->items =
        mem_grow(texts->items, &texts->capacity, texts->count + 1, sizeof(*texts->items));
    texts->items[texts->count++] = mem_text(json_string_value(node->value));
}

void ram_texts_read(struct json_source *source, const struct json_node *node,
                    struct ram_texts *texts)
{
    ram_one_or_more_read(source, node, add_text, texts);
}

void ram_texts_deinit(struct ram_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        mem_free(&texts->items[i]);
    }
    mem_free(&texts->items);
    *texts = (struct ram_texts){0};
}
