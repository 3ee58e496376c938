// SPDX-License-Identifier: MIT
#include "ram_condition.h"

#include "base/mem.h"
#include "base/text.h"
#include "domain/suggest.h"
#include "ram_operator.h"
#include "ram_texts.h"

#include <string.h>

enum { POINTER_KEY_MAX = 64, MS_PER_S = 1000 };

static const char *const KEY_NAMES[] = {
#define X(key, name, right) name,
    RAM_KEYS(X)
#undef X
};

static const char *const KEY_OPERATORS[] = {
#define X(key, name, right) right,
    RAM_KEYS(X)
#undef X
};

// The index of the name; `count`, with an error at the member, when it is none of them.
static size_t find_name(struct json_source *source, const struct json_node *member,
                        const char *noun, struct json_choices names)
{
    for (size_t i = 0; i < names.count; i++) {
        if (strcmp(member->key, names.texts[i]) == 0) {
            return i;
        }
    }
    size_t len = strlen(member->key);
    bool is_shown = len <= POINTER_KEY_MAX && text_is_printable_ascii(member->key, len);
    const char *nearest = suggest_nearest(member->key, names.texts, names.count);
    json_error(source, is_shown ? member : member->up, "policy.condition",
               "%s is no condition %s that is known here; %s%s%s", json_quote(member->key).text,
               noun, nearest == NULL ? "one of those in docs/api.md is right" : "did you mean \"",
               nearest == NULL ? "" : nearest, nearest == NULL ? "" : "\"?");
    return names.count;
}

static bool read_number(const json_t *json, int64_t *number_out)
{
    if (json_is_integer(json)) {
        *number_out = json_integer_value(json);
        return true;
    }
    return json_is_string(json) &&
           text_to_int64(json_string_value(json), json_string_length(json), number_out);
}

static bool read_date(const json_t *json, int64_t *seconds_out)
{
    int64_t ms;
    if (!json_is_string(json) || !text_parse_time(json_string_value(json), &ms)) {
        return false;
    }
    *seconds_out = ms / MS_PER_S;
    return true;
}

static bool read_bool(const json_t *json, int64_t *number_out)
{
    const char *text = json_is_string(json) ? json_string_value(json) : "";
    bool is_true = json_is_true(json) || strcmp(text, "true") == 0;
    *number_out = is_true ? 1 : 0;
    return is_true || json_is_false(json) || strcmp(text, "false") == 0;
}

static bool is_short_text(const json_t *json)
{
    return json_is_string(json) && json_string_length(json) > 0 &&
           json_string_length(json) <= RAM_STRING_BYTES_MAX;
}

// False when the JSON is no value of the type; `wanted_out` says then what would be one.
static bool read_typed(const json_t *json, enum ram_type type, struct ram_value *value,
                       const char **wanted_out)
{
    switch (type) {
    case RAM_TYPE_TEXT:
    case RAM_TYPE_TEXT_NO_CASE:
    case RAM_TYPE_PATTERN:
        *wanted_out = "text of 1 to 2048 bytes";
        value->text = is_short_text(json) ? mem_text(json_string_value(json)) : NULL;
        return value->text != NULL;
    case RAM_TYPE_NUMBER:
        *wanted_out = "a whole number, of seconds since 1970, as 1764547200 or in quotes,";
        return read_number(json, &value->number);
    case RAM_TYPE_DATE:
        *wanted_out = "a time as \"2026-11-21T19:30:44Z\"";
        return read_date(json, &value->number);
    case RAM_TYPE_BOOL:
        *wanted_out = "true or false, in quotes or not,";
        return read_bool(json, &value->number);
    case RAM_TYPE_ADDRESS:
        *wanted_out = "an address or range as \"10.0.0.1\", \"10.0.0.0/8\" or \"2001:db8::/32\"";
        return is_short_text(json) && ram_address_parse(json_string_value(json), &value->address);
    }
    return false;
}

// RAM_STRING_BYTES_MAX is in the sentence above.
_Static_assert(RAM_STRING_BYTES_MAX == 2048, "the sentence about text says so");

static void add_value(void *context, struct json_source *source, const struct json_node *node)
{
    struct ram_condition *condition = context;
    struct ram_value *value = &condition->values[condition->count];
    const char *wanted = "";
    if (read_typed(node->value, condition->operator_->type, value, &wanted)) {
        condition->count++;
        return;
    }
    const char *text = json_string_value(node->value);
    json_error(source, node, "policy.value", "%s is not right here; %s is",
               text == NULL ? "this" : json_quote(text).text, wanted);
}

static void read_key(struct json_source *source, const struct json_node *member,
                     const char *operator_name, const struct ram_operator *operator_,
                     struct ram_conditions *conditions)
{
    struct json_choices names = {KEY_NAMES, ARRAY_LEN(KEY_NAMES)};
    size_t key = find_name(source, member, "key", names);
    if (key == names.count) {
        return;
    }
    if (!ram_operator_fits(operator_, (enum ram_key)key)) {
        json_error(source, member, "policy.condition", "\"%s\" does not fit \"%s\"; %s right",
                   operator_name, KEY_NAMES[key], KEY_OPERATORS[key]);
        return;
    }
    size_t room = json_is_array(member->value) ? json_array_size(member->value) : 1;
    if (room > RAM_STRINGS_MAX) {
        json_limit_error(source, member, "values", RAM_STRINGS_MAX);
        return;
    }
    conditions->items = mem_grow(conditions->items, &conditions->capacity, conditions->count + 1,
                                 sizeof(*conditions->items));
    struct ram_condition *condition = &conditions->items[conditions->count++];
    *condition = (struct ram_condition){.operator_ = operator_, .key = (enum ram_key)key};
    condition->values = mem_alloc(room + 1, sizeof(*condition->values));
    ram_one_or_more_read(source, member, add_value, condition);
}

static bool expect_filled_object(struct json_source *source, const struct json_node *node)
{
    if (!json_expect_object(source, node)) {
        return false;
    }
    if (json_object_size(node->value) == 0) {
        json_error(source, node, "empty", "this is empty; to leave it out is right");
    }
    return true;
}

void ram_conditions_read(struct json_source *source, const struct json_node *node,
                         struct ram_conditions *conditions)
{
    struct json_choices names = {RAM_OPERATOR_NAMES, RAM_OPERATOR_COUNT};
    const char *name;
    const char *key;
    json_t *ignored;
    if (!expect_filled_object(source, node)) {
        return;
    }
    json_object_foreach(node->value, name, ignored)
    {
        struct json_node keys = json_member(node, name);
        size_t index = find_name(source, &keys, "operator", names);
        if (index == names.count || !expect_filled_object(source, &keys)) {
            continue;
        }
        json_t *also_ignored;
        json_object_foreach(keys.value, key, also_ignored)
        {
            struct json_node member = json_member(&keys, key);
            read_key(source, &member, name, ram_operator_at(index), conditions);
        }
    }
}

void ram_conditions_deinit(struct ram_conditions *conditions)
{
    for (size_t i = 0; i < conditions->count; i++) {
        struct ram_condition *condition = &conditions->items[i];
        for (size_t j = 0; j < condition->count; j++) {
            mem_free(&condition->values[j].text);
        }
        mem_free(&condition->values);
    }
    mem_free(&conditions->items);
    *conditions = (struct ram_conditions){0};
}

static const char *bool_text(bool value)
{
    return value ? "true" : "false";
}

// Times have whole seconds, as the vendor writes them.
static void add_time(struct ram_facts *facts, int64_t now_ms)
{
    int64_t seconds = now_ms / MS_PER_S - (now_ms % MS_PER_S < 0 ? 1 : 0);
    text_time(seconds * MS_PER_S, facts->time_text);
    char *fraction = strchr(facts->time_text, '.');
    ENSURE(fraction != NULL);
    (void)text_copy(fraction, 2, "Z");
    facts->texts[RAM_KEY_CURRENT_TIME] = facts->time_text;
    facts->numbers[RAM_KEY_CURRENT_TIME] = seconds;
}

void ram_facts_init(struct ram_facts *facts, const struct ram_request *request)
{
    *facts = (struct ram_facts){0};
    add_time(facts, request->now_ms);
    facts->texts[RAM_KEY_SECURE_TRANSPORT] = bool_text(request->is_secure);
    facts->numbers[RAM_KEY_SECURE_TRANSPORT] = request->is_secure ? 1 : 0;
    facts->texts[RAM_KEY_MFA_PRESENT] = bool_text(request->is_mfa_present);
    facts->numbers[RAM_KEY_MFA_PRESENT] = request->is_mfa_present ? 1 : 0;
    // A range is no address of somebody.
    if (strchr(request->source_ip, '/') == NULL &&
        ram_address_parse(request->source_ip, &facts->source)) {
        ram_address_write(&facts->source, facts->source_text);
        facts->texts[RAM_KEY_SOURCE_IP] = facts->source_text;
    }
}

bool ram_conditions_are_met(const struct ram_conditions *conditions, const struct ram_facts *facts)
{
    for (size_t i = 0; i < conditions->count; i++) {
        if (!ram_operator_is_met(&conditions->items[i], facts)) {
            return false;
        }
    }
    return true;
}
