// SPDX-License-Identifier: MIT
#include "domain/json_list.h"

#include "base/mem.h"
#include "base/text.h"
#include "domain/json_number.h"

#include <stdio.h>

static void read_entries(struct json_list *list, const struct json_node *root)
{
    struct json_source *source = list->source;
    struct json_node array = json_member(root, list->key);
    if (list->is_optional && json_is_absent(&array)) {
        return;
    }
    if (array.value == NULL) {
        json_error(source, root, "shape", "\"%s\" is missing; {\"%s\": [...]} is right", list->key,
                   list->key);
        return;
    }
    if (!json_expect_array(source, &array)) {
        return;
    }
    size_t count = json_array_size(array.value);
    if (count > list->limit) {
        json_limit_error(source, &array, list->key, list->limit);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct json_node node = json_element(&array, i);
        if (json_expect_object(source, &node)) {
            list->on_entry(list->context, list, &node);
        }
        if (list->skips_bad) {
            source->first.kind = ERR_OK;
        }
    }
}

enum err_kind json_list_read(struct json_list *list, struct json_bytes bytes, struct err *err)
{
    struct json_node root = json_read_document(list->source, bytes);
    if (root.value != NULL && json_expect_object(list->source, &root)) {
        for (struct json_list *at = list; at != NULL; at = at->next) {
            at->claimed = json_object();
            read_entries(at, &root);
        }
        for (struct json_list *at = list; at != NULL; at = at->next) {
            json_decref(at->claimed);
            at->claimed = NULL;
        }
    }
    json_decref(root.value);
    return json_source_result(list->source, err);
}

void json_list_claim(struct json_list *list, const struct json_node *node, const char *key,
                     const char *text)
{
    if (text[0] == '\0') {
        return;
    }
    if (json_object_get(list->claimed, text) == NULL) {
        (void)json_object_set_new(list->claimed, text, json_true());
        return;
    }
    struct json_node member = json_member(node, key);
    json_error(list->source, &member, "taken",
               "an earlier entry has the same \"%s\", %s; each needs its own", key,
               json_quote_value(list->source, text, "this").text);
}

bool json_list_has(const struct json_list *list, const char *text)
{
    return json_object_get(list->claimed, text) != NULL;
}

int64_t json_read_time(struct json_source *source, const struct json_node *object, const char *key,
                       enum json_need need)
{
    char *text = json_read_text(source, object, key, need);
    int64_t time_ms = 0;
    if (text[0] != '\0' && !text_parse_time(text, &time_ms)) {
        struct json_node node = json_member(object, key);
        json_error(source, &node, "time",
                   "%s is no time; \"2026-11-21\" or \"2026-11-21T19:30:44Z\" is right",
                   json_quote_value(source, text, "this").text);
        time_ms = 0;
    }
    mem_free(&text);
    return time_ms;
}

void json_take_account_id(struct json_source *source, const struct json_node *node,
                          char out[REQUEST_ACCOUNT_MAX + 1])
{
    char number[24] = "";
    const char *text = json_string_value(node->value);
    if (json_is_integer(node->value)) {
        (void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
                       json_integer_value(node->value));
        text = number;
    } else if (json_number_is_written(node->value)) {
        text = json_number_text(node->value).bytes; // to the end of the string
    }
    if (text == NULL || !request_account_is_valid(span_of(text))) {
        json_error(source, node, "value", "%s is no AccountId; 1 to %d digits are right",
                   text == NULL ? "this" : json_quote_value(source, text, "this").text,
                   REQUEST_ACCOUNT_MAX);
    } else {
        (void)text_copy(out, REQUEST_ACCOUNT_MAX + 1, text);
    }
}

void json_read_account_id(struct json_source *source, const struct json_node *object,
                          char out[REQUEST_ACCOUNT_MAX + 1])
{
    struct json_node member = json_member(object, "AccountId");
    if (json_is_absent(&member)) {
        json_missing(source, object, "AccountId");
    } else {
        json_take_account_id(source, &member, out);
    }
}

enum outcome json_read_outcome(struct json_source *source, const struct json_node *object,
                               const char *key, const enum outcome *outcomes, size_t count)
{
    const char *texts[OUTCOME_COUNT];
    REQUIRE(count > 0 && count <= OUTCOME_COUNT);
    for (size_t i = 0; i < count; i++) {
        texts[i] = outcome_text(outcomes[i]);
    }
    struct json_node member = json_member(object, key);
    if (json_is_absent(&member)) {
        json_missing(source, object, key);
    }
    return outcomes[json_read_choice(source, object, key, (struct json_choices){texts, count}, 0)];
}

// An empty text is the same as none.
static char *read_name(struct json_source *source, const struct json_node *node, const char *key)
{
    char *text = json_read_text(source, node, key, JSON_OPTIONAL);
    if (text[0] == '\0') {
        mem_free(&text);
    }
    return text;
}

void json_read_item_name(struct json_source *source, const struct json_node *node, char **uuid_out,
                         char **name_out)
{
    static const char *const MEMBERS[] = {"uuid", "name"};
    *uuid_out = NULL;
    *name_out = NULL;
    if (!json_expect_object(source, node)) {
        return;
    }
    size_t errors_before = source->errors;
    json_expect_members(source, node, MEMBERS, ARRAY_LEN(MEMBERS));
    char *uuid = read_name(source, node, "uuid");
    char *name = read_name(source, node, "name");
    if (uuid != NULL && name != NULL) {
        json_error(source, node, "item",
                   "\"uuid\" and \"name\" are both there; one of them is right");
        mem_free(&uuid);
        mem_free(&name);
    } else if (uuid == NULL && name == NULL && source->errors == errors_before) {
        // Otherwise the error that was there is why there is none.
        json_error(source, node, "item",
                   "no check item is named; its \"uuid\" or its \"name\" is right");
    }
    *uuid_out = uuid;
    *name_out = name;
}
