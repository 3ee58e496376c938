// SPDX-License-Identifier: MIT
//
// Rules and a pack: rules that are bound to nothing, check items that nothing is bound to.
#include "lint_private.h"

#include "base/mem.h"
#include "base/text.h"
#include "binding.h"

#include <string.h>

// The pointer of each check item in the pack's text, by uuid: objects in arrays "check_items".
static void find_items(const json_t *value, const char *pointer, bool is_item, json_t *pointers)
{
    const char *uuid = is_item ? json_string_value(json_object_get(value, "uuid")) : NULL;
    if (uuid != NULL && json_object_get(pointers, uuid) == NULL) {
        (void)json_object_set_new(pointers, uuid, json_string(pointer));
    }
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member)
    {
        bool is_list = strcmp(name, "check_items") == 0;
        for (size_t i = 0; i < json_array_size(member); i++) {
            char *inner = mem_format("%s/%s/%zu", pointer, name, i);
            find_items(json_array_get(member, i), inner, is_list, pointers);
            mem_free(&inner);
        }
    }
}

// A broken rule is bound, too: its check items are ERROR.
static void check_items(struct lint *lint, const struct binding *binding, const char *file,
                        const json_t *pointers)
{
    const struct pack *pack = binding->input.pack;
    for (size_t i = 0; i < pack->item_count; i++) {
        if (binding->items[i].rule_count == 0) {
            const char *pointer = json_string_value(json_object_get(pointers, pack->items[i].uuid));
            lint_add_at(lint, "lint.item.unchecked", file, pointer,
                        "no rule is bound to check item \"%s\"; without an attestation it stays "
                        "MANUAL",
                        pack->items[i].name);
        }
    }
}

void lint_bind(struct lint *lint, const struct pack *pack, const char *file, struct span text)
{
    REQUIRE(lint->rules != NULL);
    struct diags diags;
    diags_init(&diags);
    const struct binding_input input = {.pack = pack, .rules = lint->rules};
    struct binding *binding = binding_create(&input, &diags);
    lint_add_diags(lint, &diags);
    diags_deinit(&diags);
    lint_add_text(lint, file, text);
    const struct span bare = text_skip_mark(text);
    json_t *json = json_loadb(bare.bytes, bare.len, 0, NULL);
    json_t *pointers = json_object();
    find_items(json, "", false, pointers);
    check_items(lint, binding, file, pointers);
    json_decref(pointers);
    json_decref(json);
    binding_destroy(&binding);
}
