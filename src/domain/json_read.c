// SPDX-License-Identifier: MIT
#include "domain/json_read.h"

#include "base/mem.h"
#include "base/text.h"
#include "domain/json_exact.h"
#include "domain/json_number.h"
#include "domain/suggest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    CODE_BYTES = 64,
    MESSAGE_BYTES = 512,    // every sentence fits, with the values it quotes
    QUOTED_BYTES_MAX = 40,  // bytes of a value that a message repeats
    POINTER_KEY_MAX = 64,   // see json_named_member
    CHOICES_BYTES_MAX = 256 // bytes of a list of right values
};

static const char *number_type_text(struct span number)
{
    return json_number_is_fraction(number) ? "a number with a fraction"
                                           : "a number that 64 bits do not hold as it is";
}

static const char *type_text(const json_t *value)
{
    if (json_number_is_written(value)) {
        return number_type_text(json_number_text(value));
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "nothing";
}

struct text_quoted json_quote(const char *text)
{
    return text_quoted_of(span_of(text), QUOTED_BYTES_MAX);
}

struct text_quoted json_quote_value(const struct json_source *source, const char *text,
                                    const char *otherwise)
{
    if (!source->hides_values) {
        return json_quote(text);
    }
    struct text_quoted hidden = {0};
    (void)text_copy(hidden.text, sizeof(hidden.text), otherwise);
    return hidden;
}

// "a", "b", "c"
static void append_names(struct buf *out, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(out, "%s\"%s\"", i == 0 ? "" : ", ", names[i]);
    }
}

struct json_node json_member(const struct json_node *object, const char *key)
{
    return (struct json_node){json_object_get(object->value, key), object, key, 0};
}

struct json_node json_element(const struct json_node *array, size_t index)
{
    return (struct json_node){json_array_get(array->value, index), array, NULL, index};
}

struct json_node json_named_member(const struct json_node *object, const char *key)
{
    size_t len = strlen(key);
    bool is_shown = len <= POINTER_KEY_MAX && text_is_printable_ascii(key, len);
    return is_shown ? json_member(object, key) : *object;
}

bool json_is_absent(const struct json_node *node)
{
    return node->value == NULL || json_is_null(node->value);
}

void json_pointer_append(struct buf *out, const char *name)
{
    (void)buf_append_char(out, '/');
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            (void)buf_append_text(out, *name == '~' ? "~0" : "~1");
        } else {
            (void)buf_append_char(out, *name);
        }
    }
}

static void append_pointer(struct buf *out, const struct json_node *node)
{
    if (node->up == NULL) {
        return;
    }
    append_pointer(out, node->up);
    if (node->key == NULL) {
        (void)buf_append_format(out, "/%zu", node->index);
    } else {
        json_pointer_append(out, node->key);
    }
}

char *json_node_pointer(const struct json_node *node)
{
    struct buf pointer;
    buf_init(&pointer, SIZE_MAX / 2);
    append_pointer(&pointer, node);
    return buf_take(&pointer);
}

static void add(struct json_source *source, enum diag_severity severity,
                const struct json_node *node, const char *fault, const char *message)
{
    char code[CODE_BYTES];
    (void)snprintf(code, sizeof(code), "%s.%s", source->noun, fault);
    char *pointer = json_node_pointer(node);
    struct diag_place place = {.file = source->file, .pointer = pointer};
    diags_add(source->diags, severity, code, place, "%s", message);
    source->errors += severity == DIAG_ERROR ? 1 : 0;
    if (severity == DIAG_ERROR && source->first.kind == ERR_OK) {
        bool root = pointer[0] == '\0';
        (void)err_set(&source->first, ERR_INVALID, "%s%s%s%s", message, root ? "" : " (at ",
                      pointer, root ? "" : ")");
    }
    mem_free(&pointer);
}

void json_error(struct json_source *source, const struct json_node *node, const char *fault,
                const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    add(source, DIAG_ERROR, node, fault, message);
}

void json_warning(struct json_source *source, const struct json_node *node, const char *fault,
                  const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    add(source, DIAG_WARNING, node, fault, message);
}

bool json_is_misspelt(const struct json_source *source, const struct json_node *object,
                      const char *key)
{
    return object->value != NULL && source->misspelt_in == object->value &&
           strcmp(source->misspelt_name, key) == 0;
}

void json_missing(struct json_source *source, const struct json_node *object, const char *key)
{
    if (!json_is_misspelt(source, object, key)) {
        json_error(source, object, "missing", "\"%s\" is missing; it is required", key);
    }
}

void json_limit_error(struct json_source *source, const struct json_node *node, const char *what,
                      size_t limit)
{
    bool first = source->first.kind == ERR_OK;
    json_error(source, node, "limit", "there are too many %s; at most %zu are taken", what, limit);
    if (first) {
        source->first.kind = ERR_LIMIT;
    }
}

enum err_kind json_source_result(const struct json_source *source, struct err *err)
{
    if (source->first.kind == ERR_OK) {
        return ERR_OK;
    }
    char more[48] = "";
    if (source->errors > 1) {
        (void)snprintf(more, sizeof(more), " (and %zu more error%s)", source->errors - 1,
                       source->errors == 2 ? "" : "s");
    }
    return err_set(err, source->first.kind, "%s: %s%s", source->file, source->first.message, more);
}

// The parser's sentence repeats raw input; what could steer a terminal becomes a blank.
static void blank_controls(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = ' ';
        }
    }
}

// "premature end of input near '"abc'", "invalid Unicode escape '\u12xy'": without the input.
static void cut_input(char *text)
{
    static const char *const BEFORE_INPUT[] = {" near '", " '\\u"};
    for (size_t i = 0; i < ARRAY_LEN(BEFORE_INPUT); i++) {
        char *input = strstr(text, BEFORE_INPUT[i]);
        if (input != NULL) {
            *input = '\0';
        }
    }
}

// *excessive_at_out: as of json_exact_load; 0 when the source does not keep numbers.
static json_t *parse(const struct json_source *source, struct span text, size_t *excessive_at_out,
                     json_error_t *error)
{
    *excessive_at_out = 0;
    json_t *value =
        source->keeps_numbers
            ? json_exact_load(text, excessive_at_out, error)
            : json_loadb(text.bytes, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
    if (value == NULL && source->hides_values) {
        cut_input(error->text);
    }
    if (value == NULL) {
        blank_controls(error->text);
    }
    return value;
}

// "a member is given twice" is no syntax error to those who wrote it; the others are.
static const char *parse_fault(const json_error_t *error)
{
    return json_error_code(error) == json_error_duplicate_key ? "duplicate" : "json";
}

static void refuse_document(struct json_source *source, const json_error_t *error)
{
    char code[CODE_BYTES];
    (void)snprintf(code, sizeof(code), "%s.%s", source->noun, parse_fault(error));
    size_t line = error->line > 0 ? (size_t)error->line : 0;
    size_t column = error->column > 0 ? (size_t)error->column : 0;
    struct diag_place place = {.file = source->file, .line = line, .column = column};
    diags_add(source->diags, DIAG_ERROR, code, place, "the JSON is wrong: %s", error->text);
    source->errors++;
    (void)err_set(&source->first, ERR_INVALID, "the JSON is wrong at line %d, column %d: %s",
                  error->line, error->column, error->text);
}

static bool is_blank(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0') {
        at++;
    }
    return at == len;
}

struct json_node json_read_document(struct json_source *source, struct json_bytes bytes)
{
    struct json_node root = {0};
    if (bytes.len > bytes.limit) {
        json_limit_error(source, &root, "bytes", bytes.limit);
        return root;
    }
    if (bytes.text == NULL) {
        bytes.text = ""; // what an empty buffer holds
    }
    const struct span text = text_skip_mark((struct span){bytes.text, bytes.len});
    if (is_blank(text.bytes, text.len)) {
        json_error(source, &root, "json", "this is empty; a JSON document is right");
        return root;
    }
    json_error_t error;
    size_t excessive_at; // said by json_expect_numbers, where the document wants it
    root.value = parse(source, text, &excessive_at, &error);
    if (root.value == NULL) {
        refuse_document(source, &error);
    }
    return root;
}

json_t *json_read_embedded(struct json_source *source, const struct json_node *node)
{
    REQUIRE(json_text_is(node->value));
    json_error_t error;
    size_t excessive_at;
    const struct span text = {json_string_value(node->value), json_string_length(node->value)};
    json_t *value = parse(source, text, &excessive_at, &error);
    if (value == NULL) {
        json_error(source, node, parse_fault(&error),
                   "the JSON in this text is wrong at line %d, column %d of the text: %s",
                   error.line, error.column, error.text);
    } else if (excessive_at > 0) {
        json_error(source, node, "number",
                   "the JSON in this text has, at byte %zu of the text, a number with an exponent "
                   "of more than %d digits; no more are right",
                   excessive_at, JSON_EXPONENT_DIGITS);
    }
    return value;
}

void json_expect_numbers(struct json_source *source, const struct json_node *node)
{
    if (json_number_is_written(node->value) &&
        json_number_is_excessive(json_number_text(node->value))) {
        json_error(source, node, "number",
                   "this number has an exponent of more than %d digits; no more are right",
                   JSON_EXPONENT_DIGITS);
    }
    for (size_t i = 0; i < json_array_size(node->value); i++) {
        const struct json_node element = json_element(node, i);
        json_expect_numbers(source, &element);
    }
    const char *key;
    json_t *value;
    json_object_foreach(node->value, key, value)
    {
        const struct json_node member = {value, node, key, 0};
        json_expect_numbers(source, &member);
    }
}

static bool expect(struct json_source *source, const struct json_node *node, bool right,
                   const char *wanted)
{
    if (!right) {
        json_error(source, node, "type", "this is %s; %s is right",
                   node->value == NULL ? "absent" : type_text(node->value), wanted);
    }
    return right;
}

bool json_expect_object(struct json_source *source, const struct json_node *node)
{
    return expect(source, node, json_is_object(node->value), "an object");
}

bool json_expect_array(struct json_source *source, const struct json_node *node)
{
    return expect(source, node, json_is_array(node->value), "an array");
}

bool json_expect_text(struct json_source *source, const struct json_node *node)
{
    if (!expect(source, node, json_text_is(node->value), "text")) {
        return false;
    }
    if (json_string_length(node->value) == 0) {
        json_error(source, node, "empty", "this is empty; text is required");
        return false;
    }
    return true;
}

static bool is_among(const char *text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void refuse_member(struct json_source *source, const struct json_node *object,
                          const char *key, struct json_choices names)
{
    const struct json_node node = json_named_member(object, key);
    const char *nearest = suggest_nearest(key, names.texts, names.count);
    if (nearest != NULL) {
        source->misspelt_in = object->value;
        source->misspelt_name = nearest;
        json_error(source, &node, "member.unknown", "unknown member %s; did you mean \"%s\"?",
                   json_quote(key).text, nearest);
        return;
    }
    struct buf list;
    buf_init(&list, CHOICES_BYTES_MAX);
    append_names(&list, names.texts, names.count);
    json_error(source, &node, "member.unknown", "unknown member %s; one of %s is right",
               json_quote(key).text, buf_text(&list));
    buf_deinit(&list);
}

void json_expect_members(struct json_source *source, const struct json_node *object,
                         const char *const *names, size_t count)
{
    const char *key;
    json_t *value;
    json_object_foreach(object->value, key, value)
    {
        if (!is_among(key, names, count)) {
            refuse_member(source, object, key, (struct json_choices){names, count});
        }
    }
}

void json_expect_no_nulls(struct json_source *source, const struct json_node *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object->value, key, value)
    {
        if (json_is_null(value)) {
            struct json_node member = json_member(object, key);
            json_error(source, &member, "null",
                       "this is null; a value is right, or to leave the member out");
        }
    }
}

char *json_read_text(struct json_source *source, const struct json_node *object, const char *key,
                     enum json_need need)
{
    struct json_node node = json_member(object, key);
    if (json_is_absent(&node)) {
        if (need == JSON_REQUIRED) {
            json_missing(source, object, key);
        }
        return mem_text("");
    }
    bool is_text = need == JSON_REQUIRED ? json_expect_text(source, &node)
                                         : expect(source, &node, json_text_is(node.value), "text");
    return mem_text(is_text ? json_string_value(node.value) : "");
}

int64_t json_read_integer(struct json_source *source, const struct json_node *object,
                          const char *key, int64_t fallback)
{
    struct json_node node = json_member(object, key);
    if (json_is_absent(&node) ||
        !expect(source, &node, json_is_integer(node.value), "an integer")) {
        return fallback;
    }
    return json_integer_value(node.value);
}

void json_check_flag(struct json_source *source, const struct json_node *object, const char *key)
{
    struct json_node node = json_member(object, key);
    if (!json_is_absent(&node)) {
        json_int_t number = json_integer_value(node.value);
        bool right = json_is_boolean(node.value) ||
                     (json_is_integer(node.value) && (number == 0 || number == 1));
        (void)expect(source, &node, right, "true, false, 0 or 1");
    }
}

static void refuse_choice(struct json_source *source, const struct json_node *node,
                          struct json_choices choices)
{
    const char *given = json_string_value(node->value);
    struct text_quoted quoted = json_quote_value(source, given, "wrong");
    const char *nearest = suggest_nearest(given, choices.texts, choices.count);
    if (nearest != NULL) {
        json_error(source, node, "value", "this is %s; did you mean \"%s\"?", quoted.text, nearest);
        return;
    }
    struct buf list;
    buf_init(&list, CHOICES_BYTES_MAX);
    append_names(&list, choices.texts, choices.count);
    json_error(source, node, "value", "this is %s; one of %s is right", quoted.text,
               buf_text(&list));
    buf_deinit(&list);
}

size_t json_read_choice(struct json_source *source, const struct json_node *object, const char *key,
                        struct json_choices choices, size_t fallback)
{
    struct json_node node = json_member(object, key);
    if (json_is_absent(&node) || !expect(source, &node, json_text_is(node.value), "text")) {
        return fallback;
    }
    for (size_t i = 0; i < choices.count; i++) {
        if (strcmp(json_string_value(node.value), choices.texts[i]) == 0) {
            return i;
        }
    }
    refuse_choice(source, &node, choices);
    return fallback;
}

size_t json_read_array(struct json_source *source, const struct json_node *object, const char *key,
                       struct json_node *array_out)
{
    struct json_node node = json_member(object, key);
    *array_out = node;
    if (json_is_absent(&node) || !json_expect_array(source, &node)) {
        return 0;
    }
    return json_array_size(node.value);
}
