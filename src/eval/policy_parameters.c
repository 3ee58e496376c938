// SPDX-License-Identifier: MIT
#include "policy_parameters.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "decimal.h"
#include "domain/json_number.h"
#include "eval/value.h"
#include "iregexp.h"
#include "policy_compare.h"

#include <string.h>

enum { QUOTED_NUMBER_BYTES = 60 };

static const char *const DEFINITION_MEMBERS[] = {
    "name",    "description", "type",      "default_value", "allowed_values", "minimum",
    "maximum", "min_items",   "max_items", "min_length",    "max_length",     "pattern",
};

static bool is_date_time(const json_t *value)
{
    int64_t instant_ms;
    return json_text_is(value) && text_parse_time(json_string_value(value), &instant_ms);
}

static bool is_whole(const json_t *value)
{
    return json_number_is(value) && !value_is_fraction(value_of_json(value));
}

static bool is_text(const json_t *value)
{
    return json_text_is(value);
}

static bool is_list(const json_t *value)
{
    return json_is_array(value);
}

static bool is_boolean(const json_t *value)
{
    return json_is_boolean(value);
}

static bool is_number(const json_t *value)
{
    return json_number_is(value);
}

struct parameter_type {
    const char *name;
    bool (*fits)(const json_t *value);
    const char *right;
};
static const struct parameter_type TYPES[] = {
    {"String", is_text, "a text"},
    {"Array", is_list, "an array"},
    {"Boolean", is_boolean, "true or false"},
    {"Integer", is_whole, "a whole number"},
    {"Float", is_number, "a number"},
    {"DateTime", is_date_time, "a date, or a time with zone, as text"},
};

static const struct parameter_type *find_type(struct compile *compile, json_t *definition)
{
    const char *name = compile_text(compile, definition, "type");
    for (size_t i = 0; name != NULL && i < ARRAY_LEN(TYPES); i++) {
        if (strcmp(TYPES[i].name, name) == 0) {
            return &TYPES[i];
        }
    }
    if (name != NULL) {
        compile_complain(compile, "type", "rule.parameter.type",
                         "unknown type of a parameter; String, Array, Boolean, Integer, Float or "
                         "DateTime is right");
    }
    return NULL;
}

// A constraint that is a number, and what it bounds.
struct bound {
    const char *member;
    bool is_maximum;
    const char *type; // of the parameters that it goes with; NULL: Integer and Float
    const char *what; // that is too small or too large
};
static const struct bound BOUNDS[] = {
    {"minimum", false, NULL, "the value"},
    {"maximum", true, NULL, "the value"},
    {"min_items", false, "Array", "the number of items"},
    {"max_items", true, "Array", "the number of items"},
};
static const struct bound LENGTHS[] = {
    {"min_length", false, NULL, "the number of characters"},
    {"max_length", true, NULL, "the number of characters"},
};

static size_t count_characters(const json_t *text)
{
    size_t count = 0;
    const char *at = json_string_value(text);
    for (; *at != '\0'; at++) {
        count += ((unsigned char)*at & 0xc0) == 0x80 ? 0 : 1;
    }
    return count;
}

static int shown(struct span number)
{
    return (int)(number.len < QUOTED_NUMBER_BYTES ? number.len : QUOTED_NUMBER_BYTES);
}

static void check_bound(struct compile *compile, const json_t *definition,
                        const struct bound *bound, struct value found)
{
    const json_t *limit = json_object_get(definition, bound->member);
    if (!json_number_is(limit)) {
        return;
    }
    struct value_string texts[2];
    struct decimal numbers[2];
    value_digits(found, &texts[0]);
    value_digits(value_of_json(limit), &texts[1]);
    for (size_t i = 0; i < 2; i++) {
        if (!decimal_parse(texts[i].span.bytes, texts[i].span.len, &numbers[i])) {
            return; // the loader of rules complains about such a number wherever it stands
        }
    }
    int order = decimal_compare(&numbers[0], &numbers[1]);
    if (bound->is_maximum ? order > 0 : order < 0) {
        compile_complain(compile, NULL, "rule.parameter.constraint", "%s is %.*s; %s is %.*s",
                         bound->what, shown(texts[0].span), texts[0].span.bytes, bound->member,
                         shown(texts[1].span), texts[1].span.bytes);
    }
}

static void check_count(struct compile *compile, const json_t *definition,
                        const struct bound *bound, size_t count)
{
    json_t *number = json_integer((json_int_t)count);
    check_bound(compile, definition, bound, value_of_json(number));
    json_decref(number);
}

static void check_text_length(struct compile *compile, json_t *definition, const json_t *text)
{
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS) && json_text_is(text); i++) {
        check_count(compile, definition, &LENGTHS[i], count_characters(text));
    }
}

// The constraint "pattern", compiled; NULL where there is none, or a broken one.
static struct iregexp *pattern_of(const json_t *definition, struct err *err)
{
    const json_t *pattern = json_object_get(definition, "pattern");
    struct iregexp *regexp = NULL;
    if (json_text_is(pattern)) {
        (void)iregexp_compile(json_string_value(pattern), json_string_length(pattern),
                              IREGEXP_TABLE_NONE, &regexp, err);
    }
    return regexp;
}

static void check_text_pattern(struct compile *compile, json_t *definition, const json_t *text)
{
    struct err err = ERR_INIT;
    struct iregexp *regexp = json_text_is(text) ? pattern_of(definition, &err) : NULL;
    if (regexp == NULL) {
        return;
    }
    const struct iregexp_subject subject = {json_string_value(text), json_string_length(text),
                                            false};
    size_t steps_left = LIMIT_PATTERN_STEPS;
    bool is_match;
    if (iregexp_match(regexp, &subject, &steps_left, &is_match, &err) != ERR_OK) {
        compile_complain(compile, NULL, "rule.parameter.constraint", "%s", err.message);
    } else if (!is_match) {
        compile_complain(
            compile, NULL, "rule.parameter.constraint",
            "the text does not match the constraint pattern %s",
            compile_quote(json_string_value(json_object_get(definition, "pattern"))).text);
    }
    iregexp_destroy(&regexp);
}

static void check_text(struct compile *compile, json_t *definition, const json_t *text)
{
    check_text_length(compile, definition, text);
    check_text_pattern(compile, definition, text);
}

static void check_allowed(struct compile *compile, json_t *definition, json_t *value)
{
    json_t *allowed = json_object_get(definition, "allowed_values");
    size_t index;
    json_t *element;
    if (!json_is_array(allowed) || json_array_size(allowed) == 0) {
        return;
    }
    json_array_foreach(allowed, index, element)
    {
        if (policy_equals(value_of_json(element), value_of_json(value))) {
            return;
        }
    }
    compile_complain(compile, NULL, "rule.parameter.constraint",
                     "the value is none of allowed_values");
}

static void check_array(struct compile *compile, json_t *definition, json_t *array)
{
    size_t index;
    json_t *element;
    check_count(compile, definition, &BOUNDS[2], json_array_size(array));
    check_count(compile, definition, &BOUNDS[3], json_array_size(array));
    json_array_foreach(array, index, element)
    {
        check_text(compile, definition, element);
        check_allowed(compile, definition, element);
    }
}

static void check_value(struct compile *compile, json_t *definition,
                        const struct parameter_type *type, json_t *value)
{
    if (!type->fits(value)) {
        compile_complain(compile, NULL, "rule.parameter.value",
                         "this is %s; a parameter of type %s takes %s", value_type_text(value),
                         type->name, type->right);
        return;
    }
    if (json_is_array(value)) {
        check_array(compile, definition, value);
        return;
    }
    if (json_number_is(value)) {
        check_bound(compile, definition, &BOUNDS[0], value_of_json(value));
        check_bound(compile, definition, &BOUNDS[1], value_of_json(value));
    }
    check_text(compile, definition, value);
    check_allowed(compile, definition, value);
}

// A constraint that goes with another type, or is no number, would be a constraint that nobody
// checks.
static void check_constraint(struct compile *compile, json_t *definition, const char *member,
                             bool fits_type, const char *type)
{
    json_t *limit = json_object_get(definition, member);
    if (limit == NULL || json_is_null(limit)) {
        return;
    }
    if (!fits_type) {
        compile_complain(compile, member, "rule.parameter.constraint",
                         "%s does not go with a parameter of type %s", member, type);
    } else if (!json_number_is(limit)) {
        compile_complain(compile, member, "rule.parameter.constraint",
                         "%s is %s; it has to be a number", member, value_type_text(limit));
    }
}

static void check_pattern(struct compile *compile, const json_t *definition,
                          const struct parameter_type *type)
{
    const json_t *pattern = json_object_get(definition, "pattern");
    if (pattern == NULL || json_is_null(pattern)) {
        return;
    }
    struct err err = ERR_INIT;
    struct iregexp *regexp = pattern_of(definition, &err);
    if (type->fits != is_text && type->fits != is_list) {
        compile_complain(compile, "pattern", "rule.parameter.constraint",
                         "pattern does not go with a parameter of type %s", type->name);
    } else if (!json_text_is(pattern)) {
        compile_complain(compile, "pattern", "rule.parameter.constraint",
                         "pattern is %s; it has to be a text", value_type_text(pattern));
    } else if (regexp == NULL) {
        compile_complain(compile, "pattern", "rule.parameter.constraint",
                         "pattern is no I-Regexp (RFC 9485): %s", err.message);
    }
    iregexp_destroy(&regexp);
}

static void check_constraints(struct compile *compile, json_t *definition,
                              const struct parameter_type *type)
{
    bool is_numeric = type->fits == is_whole || type->fits == is_number;
    bool has_texts = type->fits == is_text || type->fits == is_list;
    for (size_t i = 0; i < ARRAY_LEN(BOUNDS); i++) {
        bool fits = BOUNDS[i].type != NULL ? strcmp(BOUNDS[i].type, type->name) == 0 : is_numeric;
        check_constraint(compile, definition, BOUNDS[i].member, fits, type->name);
    }
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++) {
        check_constraint(compile, definition, LENGTHS[i].member, has_texts, type->name);
    }
    json_t *allowed = json_object_get(definition, "allowed_values");
    if (allowed != NULL && !json_is_null(allowed) && !json_is_array(allowed)) {
        compile_complain(compile, "allowed_values", "rule.parameter.constraint",
                         "allowed_values is %s; it has to be an array", value_type_text(allowed));
    }
    check_pattern(compile, definition, type);
}

static json_t *given_value(const struct rule *rule, const char *name)
{
    json_t *given = json_object_get(rule->parameter_values, name);
    json_t *wrapped = json_object_size(given) == 1 ? json_object_get(given, "value") : NULL;
    return wrapped != NULL ? wrapped : given;
}

json_t *policy_parameter(const struct rule *rule, const char *name)
{
    json_t *definition = json_object_get(rule->parameters, name);
    json_t *given = definition == NULL ? NULL : given_value(rule, name);
    json_t *value = given != NULL ? given : json_object_get(definition, "default_value");
    return json_is_null(value) ? NULL : value;
}

static void check_given(struct compile *compile, const char *name, json_t *definition,
                        const struct parameter_type *type)
{
    json_t *given = given_value(compile->rule, name);
    if (given != NULL && !json_is_null(given)) {
        compile_go_to(compile, "parameterValues");
        (void)compile_enter_name(compile, name);
        check_value(compile, definition, type, given);
    } else if (policy_parameter(compile->rule, name) == NULL) {
        compile_complain(compile, NULL, "rule.parameter.missing",
                         "the parameter has no value; give one in parameterValues, or a "
                         "default_value");
    }
    compile_go_to(compile, "parameters");
    (void)compile_enter_name(compile, name);
}

static void check_definition(struct compile *compile, const char *name, json_t *definition)
{
    if (!json_is_object(definition)) {
        compile_complain(compile, NULL, "rule.parameter.type",
                         "this is %s; the definition of a parameter is an object",
                         value_type_text(definition));
        return;
    }
    compile_expect_members(
        compile, definition,
        (struct compile_names){DEFINITION_MEMBERS, ARRAY_LEN(DEFINITION_MEMBERS)});
    const struct parameter_type *type = find_type(compile, definition);
    if (type == NULL) {
        return;
    }
    check_constraints(compile, definition, type);
    json_t *initial = json_object_get(definition, "default_value");
    if (initial != NULL && !json_is_null(initial)) {
        size_t mark = compile_enter_name(compile, "default_value");
        check_value(compile, definition, type, initial);
        compile_leave(compile, mark);
    }
    check_given(compile, name, definition, type);
}

// A value for a parameter that is not defined is a slip of the pen.
static void refuse_undefined(struct compile *compile)
{
    const char *name;
    json_t *value;
    compile_go_to(compile, "parameterValues");
    json_object_foreach(compile->rule->parameter_values, name, value)
    {
        if (json_object_get(compile->rule->parameters, name) == NULL) {
            compile_complain(compile, name, "rule.parameter.unknown",
                             "no parameter of that name is defined in parameters");
        }
    }
}

void policy_parameters_check(struct compile *compile)
{
    const char *name;
    json_t *definition;
    json_object_foreach(compile->rule->parameters, name, definition)
    {
        compile_go_to(compile, "parameters");
        (void)compile_enter_name(compile, name);
        check_definition(compile, name, definition);
    }
    refuse_undefined(compile);
    compile_go_to(compile, "policy_rule");
}
