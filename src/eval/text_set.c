// SPDX-License-Identifier: MIT
#include "text_set.h"

#include "base/mem.h"
#include "base/text.h"

void text_set_init(struct text_set *set, bool ignores_case)
{
    *set = (struct text_set){.members = json_object(), .ignores_case = ignores_case};
}

void text_set_deinit(struct text_set *set)
{
    json_decref(set->members);
    *set = (struct text_set){0};
}

// The name of a text among the members: the text, or in lower case a copy, which is the caller's.
static const char *name_of(const struct text_set *set, const char *text, char **copy_out)
{
    *copy_out = set->ignores_case ? text_lower_case(span_of(text)) : NULL;
    return *copy_out != NULL ? *copy_out : text;
}

bool text_set_add(struct text_set *set, const char *text)
{
    char *copy;
    const char *name = name_of(set, text, &copy);
    bool is_new = json_object_get(set->members, name) == NULL;
    if (is_new) {
        (void)json_object_set_new_nocheck(set->members, name, json_true());
    }
    mem_free(&copy);
    return is_new;
}

void text_set_add_all(struct text_set *set, const struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        (void)text_set_add(set, list->items[i]);
    }
}

bool text_set_has(const struct text_set *set, const char *text)
{
    char *copy;
    bool has = json_object_get(set->members, name_of(set, text, &copy)) != NULL;
    mem_free(&copy);
    return has;
}
