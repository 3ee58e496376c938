// SPDX-License-Identifier: MIT
#include "domain/rule.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "domain/suggest.h"
#include "rule_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REASON_BYTES = 2048 };

void rule_break(struct rule *rule, struct diags *diags, const char *code, const char *pointer,
                const char *format, ...)
{
    char reason[REASON_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    struct diag_place place = {.file = rule->file, .pointer = pointer};
    diags_add(diags, DIAG_ERROR, code, place, "%s", reason);
    rule_mark_broken(rule, reason);
}

void rule_mark_broken(struct rule *rule, const char *reason)
{
    if (!rule->broken) {
        rule->broken = true;
        rule->broken_reason = mem_text(reason);
    }
}

bool rule_is_lost(const struct rule *rule)
{
    return rule->broken && rule->item_uuids.count + rule->item_names.count == 0;
}

const struct rule *rule_set_find(const struct rule_set *set, const char *id)
{
    const json_t *position = json_object_get(set->index_by_id, id);
    return position == NULL ? NULL : &set->rules[json_integer_value(position)];
}

const char *rule_set_suggest(const struct rule_set *set, const char *id)
{
    size_t count = 0;
    const char **ids = mem_alloc(set->count, sizeof(*ids));
    for (size_t i = 0; i < set->count; i++) {
        // Only what takes the place of an id that cannot be used is longer.
        if (strlen(set->rules[i].id) <= TEXT_ID_MAX) {
            ids[count++] = set->rules[i].id;
        }
    }
    const char *nearest = suggest_nearest(id, ids, count);
    mem_free(&ids);
    return nearest;
}

// Gives the rule an id that tells where it stands: its own is missing, wrong or taken.
static void rename_rule(struct rule *rule, size_t number)
{
    mem_free(&rule->id);
    rule->id = mem_format("%s#%zu", rule->file, number);
}

static void add_rule(struct rule_set *set, struct json_source *source, const struct json_node *node,
                     size_t number)
{
    set->rules = mem_grow(set->rules, &set->capacity, set->count + 1, sizeof(*set->rules));
    struct rule *rule = &set->rules[set->count];
    rule_read(source, node, rule);
    const struct rule *other = rule->id[0] == '\0' ? NULL : rule_set_find(set, rule->id);
    if (other != NULL) {
        rule_break(rule, source->diags, "rule.id.taken", rule->pointer,
                   "the id \"%s\" is that of the rule at %s%s%s already; each rule needs its own",
                   rule->id, other->file, other->pointer[0] == '\0' ? "" : " ", other->pointer);
    }
    if (other != NULL || rule->id[0] == '\0') {
        rename_rule(rule, number);
    }
    if (rule->name[0] == '\0') {
        mem_free(&rule->name);
        rule->name = mem_text(rule->id);
    }
    (void)json_object_set_new(set->index_by_id, rule->id, json_integer((json_int_t)set->count));
    set->count++;
}

// The rules of a document: its root, the elements of its root, or those of `rules`. A list without
// a value says that the root is the one rule. False when it is none of the three.
static bool find_rules(struct json_source *source, const struct json_node *root,
                       struct json_node *list_out)
{
    if (json_is_array(root->value)) {
        *list_out = *root;
        return true;
    }
    *list_out = json_member(root, "rules");
    if (list_out->value != NULL) {
        return json_expect_array(source, list_out);
    }
    if (!rule_is_likely(root->value)) {
        json_error(source, root, "shape",
                   "this holds no rules; a rule, an array of rules or {\"rules\": [...]} is right");
        return false;
    }
    return true;
}

// A member beside the list would be taken for one that holds for all its rules.
static bool stands_alone(struct json_source *source, const struct json_node *root)
{
    bool is_alone = true;
    const char *key;
    json_t *value;
    json_object_foreach(root->value, key, value)
    {
        if (strcmp(key, "rules") == 0) {
            continue;
        }
        const struct json_node member = json_named_member(root, key);
        json_error(source, &member, "member.unknown",
                   "unknown member %s beside \"rules\", which stands alone; what holds for a rule "
                   "goes into the rule itself, and until then none of this file is used",
                   json_quote(key).text);
        is_alone = false;
    }
    return is_alone;
}

static void add_document(struct rule_set *set, struct json_source *source,
                         const struct json_node *root)
{
    struct json_node list;
    if (!find_rules(source, root, &list)) {
        return;
    }
    const size_t first = set->count;
    const bool is_sound =
        list.value == NULL || list.value == root->value || stands_alone(source, root);
    size_t count = list.value == NULL ? 1 : json_array_size(list.value);
    if (count > LIMIT_RULES - set->count) {
        json_limit_error(source, &list, "rules", LIMIT_RULES);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct json_node node = list.value == NULL ? *root : json_element(&list, i);
        add_rule(set, source, &node, i + 1);
    }
    for (size_t i = first; i < set->count && !is_sound; i++) {
        rule_mark_broken(&set->rules[i], "its file has a member beside \"rules\" that no rule has "
                                         "anything of");
    }
    source->first.kind = ERR_OK; // errors of single rules broke those and no more
}

enum err_kind rule_set_add(struct rule_set *set, const char *json, size_t len, const char *file,
                           struct diags *diags, struct err *err)
{
    if (set->index_by_id == NULL) {
        set->index_by_id = json_object();
    }
    struct json_source source = {
        .noun = "rule", .file = file, .diags = diags, .keeps_numbers = true};
    struct json_node root =
        json_read_document(&source, (struct json_bytes){json, len, LIMIT_RULE_FILE_BYTES});
    if (root.value != NULL) {
        add_document(set, &source, &root);
    }
    json_decref(root.value);
    INVARIANT(set->count <= LIMIT_RULES);
    return json_source_result(&source, err);
}

void rule_set_deinit(struct rule_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        rule_deinit(&set->rules[i]);
    }
    mem_free(&set->rules);
    json_decref(set->index_by_id);
    *set = (struct rule_set){0};
}
