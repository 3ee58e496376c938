// SPDX-License-Identifier: MIT
//
// A set of texts, for lists of which the file of a rule alone says how long they are: to add or look
// up one takes no more time when there are many. Private to the room. Thread: its owner's.
#pragma once

#include "domain/rule.h"

#include <jansson.h>
#include <stdbool.h>

struct text_set {
    json_t *members; // an object with a name for each
    bool ignores_case;
};

// Letter case of ASCII letters alone is ignored.
void text_set_init(struct text_set *set, bool ignores_case);
void text_set_deinit(struct text_set *set);

// False when it was there already.
bool text_set_add(struct text_set *set, const char *text);
void text_set_add_all(struct text_set *set, const struct text_list *list);

bool text_set_has(const struct text_set *set, const char *text);
