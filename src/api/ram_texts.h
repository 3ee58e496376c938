// SPDX-License-Identifier: MIT
//
// The parts of policies that are one value or an array of them. Thread: the owner's of the source.
#pragma once

#include "domain/json_read.h"

#include <stddef.h>

// Calls `on_value` for the value, or for each element of the array, which has to have some and no
// more than RAM_STRINGS_MAX.
void ram_one_or_more_read(struct json_source *source, const struct json_node *node,
                          void (*on_value)(void *context, struct json_source *source,
                                           const struct json_node *node),
                          void *context);

struct ram_texts {
    char **items;
    size_t count;
    size_t capacity;
};

// Texts of 1 to RAM_STRING_BYTES_MAX bytes. After an error, which `source` has, those that were right
// are in `texts`, to be deinited as ever.
void ram_texts_read(struct json_source *source, const struct json_node *node,
                    struct ram_texts *texts);
void ram_texts_deinit(struct ram_texts *texts);
