// SPDX-License-Identifier: MIT
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/words.h"
#include "evidence_text.h"
#include "network_index.h"
#include "operators.h"
#include "wanted_index.h"

#include <string.h>

enum { QUOTED_VALUE_BYTES = 60, WHOLE_MAX = 1000 * 1000 * 1000 };

static bool is_list_kind(enum operand_kind kind)
{
    return kind == OPERAND_LIST || kind == OPERAND_FRAGMENTS || kind == OPERAND_NETWORKS;
}

static bool is_fragment_kind(enum operand_kind kind)
{
    return kind == OPERAND_FRAGMENT || kind == OPERAND_FRAGMENTS || kind == OPERAND_PATTERN;
}

// What the message about a wrong `desired` says that the operator takes.
static const char *wanted_text(enum operand_kind kind)
{
    switch (kind) {
    case OPERAND_NUMBER:
        return "a number, or a text that is one";
    case OPERAND_LIST:
    case OPERAND_FRAGMENTS:
        return "a list: an array of texts, numbers or booleans, or a text with commas";
    case OPERAND_NETWORKS:
        return "a list of IP addresses and networks: an array of texts, or a text with commas";
    case OPERAND_VERSION:
        return "a version as text, like \"8.0.28\"";
    case OPERAND_INSTANT:
        return "a date or a time with zone as text, like \"2026-11-21\"";
    case OPERAND_WHOLE:
        return "a whole number";
    case OPERAND_PATTERN:
        return "a pattern (I-Regexp, RFC 9485) as text, like \"^db-[0-9]+$\"";
    case OPERAND_TEXT:
    case OPERAND_FRAGMENT:
    case OPERAND_NONE:
        break;
    }
    return "one text, number or boolean";
}

static enum err_kind refuse(const struct condition_operator *op, const struct operand_value *value,
                            struct err *err)
{
    const struct span text = {value->text, value->len};
    return err_set(err, ERR_INVALID, "desired of %s has %s; it takes %s", op->name,
                   text_quoted_of(text, QUOTED_VALUE_BYTES).text, wanted_text(op->operand));
}

static enum err_kind read_network(const struct condition_operator *op, struct operand_value *value,
                                  struct err *err)
{
    if (!network_parse(value->text, value->len, &value->network)) {
        return refuse(op, value, err);
    }
    if (network_has_host_bits(&value->network)) {
        return err_set(err, ERR_INVALID,
                       "desired of %s has %s, an address that is not the first of its network; "
                       "give the network's first address, or leave the prefix out",
                       op->name, value->text);
    }
    return ERR_OK;
}

// Reads a value of a kind that is more than text.
static enum err_kind read_kind(const struct condition_operator *op, struct operand_value *value,
                               struct err *err)
{
    switch (op->operand) {
    case OPERAND_NETWORKS:
        return read_network(op, value, err);
    case OPERAND_VERSION:
        return version_parse(value->text, value->len, &value->version) ? ERR_OK
                                                                       : refuse(op, value, err);
    case OPERAND_INSTANT:
        return text_parse_time(value->text, &value->instant_ms) ? ERR_OK : refuse(op, value, err);
    case OPERAND_WHOLE:
        return value->is_number && decimal_to_integer(&value->number, &value->whole) &&
                       value->whole >= 0 && value->whole <= WHOLE_MAX
                   ? ERR_OK
                   : refuse(op, value, err);
    case OPERAND_NUMBER:
        return value->is_number ? ERR_OK : refuse(op, value, err);
    case OPERAND_NONE:
    case OPERAND_TEXT:
    case OPERAND_FRAGMENT:
    case OPERAND_LIST:
    case OPERAND_FRAGMENTS:
    case OPERAND_PATTERN:
        break;
    }
    return ERR_OK;
}

static enum err_kind add_value(const struct condition_operator *op, struct operand *operand,
                               const char *text, size_t len, struct err *err)
{
    if (operand->count == LIMIT_DESIRED_VALUES) {
        return err_set(err, ERR_LIMIT, "desired of %s holds more than %d values", op->name,
                       LIMIT_DESIRED_VALUES);
    }
    if (len == 0 && is_fragment_kind(op->operand)) {
        return err_set(err, ERR_INVALID,
                       "desired of %s is an empty text, which every text contains; give what has "
                       "to be looked for",
                       op->name);
    }
    operand->values =
        mem_grow(operand->values, &operand->capacity, operand->count + 1, sizeof(*operand->values));
    struct operand_value *value = &operand->values[operand->count++];
    *value = (struct operand_value){.text = mem_alloc(len + WORD_BYTES, 1), .len = len};
    memcpy(value->text, text, len);
    value->is_number = decimal_parse(value->text, len, &value->number);
    value->is_integer = actual_integer_of((struct span){value->text, len}, &value->integer);
    return read_kind(op, value, err);
}

static enum err_kind read_array(const struct condition_operator *op, json_t *desired,
                                struct operand *operand, struct err *err)
{
    size_t index;
    json_t *element;
    json_array_foreach(desired, index, element)
    {
        struct value_string text;
        if (!value_string(value_of_json(element), &text)) {
            return err_set(err, ERR_INVALID,
                           "desired of %s holds %s at position %zu; it takes texts, numbers and "
                           "booleans",
                           op->name, value_type_text(element), index + 1);
        }
        enum err_kind kind = add_value(op, operand, text.span.bytes, text.span.len, err);
        if (kind != ERR_OK) {
            return kind;
        }
    }
    if (operand->count == 0) {
        return err_set(err, ERR_INVALID, "desired of %s is an empty array; give at least one value",
                       op->name);
    }
    return ERR_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Splits at commas and trims blanks. An empty piece is refused, because it is a slip of the pen
// more often than a wish for the empty text.
static enum err_kind read_comma_list(const struct condition_operator *op, const char *text,
                                     size_t len, struct operand *operand, struct err *err)
{
    for (size_t at = 0; at <= len; at++) {
        const char *comma = memchr(text + at, ',', len - at);
        size_t end = comma == NULL ? len : (size_t)(comma - text);
        size_t first = at;
        size_t behind = end;
        while (first < behind && is_blank(text[first])) {
            first++;
        }
        while (behind > first && is_blank(text[behind - 1])) {
            behind--;
        }
        if (first == behind) {
            return err_set(err, ERR_INVALID,
                           "desired of %s has an empty value at position %zu; give an array when "
                           "the empty text is meant",
                           op->name, operand->count + 1);
        }
        enum err_kind kind = add_value(op, operand, text + first, behind - first, err);
        if (kind != ERR_OK) {
            return kind;
        }
        at = end;
    }
    return ERR_OK;
}

static enum err_kind read_scalar(const struct condition_operator *op, json_t *desired,
                                 struct operand *operand, struct err *err)
{
    struct value value = value_of_json(desired);
    struct value_string text;
    bool is_right = op->operand != OPERAND_PATTERN || value_kind(value) == VALUE_TEXT;
    if (!is_right || !value_string(value, &text)) {
        return err_set(err, ERR_INVALID, "desired of %s is %s; it takes %s", op->name,
                       value_kind_text(value_kind(value)), wanted_text(op->operand));
    }
    if (is_list_kind(op->operand) && value_kind(value) == VALUE_TEXT) {
        return read_comma_list(op, text.span.bytes, text.span.len, operand, err);
    }
    if (op->operand == OPERAND_VERSION && value_kind(value) == VALUE_NUMBER &&
        value_is_fraction(value)) {
        return err_set(err, ERR_INVALID,
                       "desired of %s is a number with a point, and 8.10 as a number is 8.1; write "
                       "the version as text",
                       op->name);
    }
    return add_value(op, operand, text.span.bytes, text.span.len, err);
}

static enum err_kind read_pattern(const struct condition_operator *op, struct operand *operand,
                                  struct err *err)
{
    INVARIANT(operand->values != NULL);
    const struct operand_value *value = &operand->values[0];
    enum err_kind kind =
        iregexp_compile(value->text, value->len, IREGEXP_TABLE_PART, &operand->pattern, err);
    if (kind == ERR_INVALID) {
        return err_prefix(err, "desired of %s is no I-Regexp (RFC 9485)", op->name);
    }
    return kind == ERR_OK ? ERR_OK : err_prefix(err, "desired of %s", op->name);
}

static struct network_index *index_networks(const struct operand *operand)
{
    struct network *networks = mem_alloc(operand->count, sizeof(*networks));
    for (size_t i = 0; i < operand->count; i++) {
        networks[i] = operand->values[i].network;
    }
    struct network_index *index = network_index_create(networks, operand->count);
    mem_free(&networks);
    return index;
}

static void index_values(const struct condition_operator *op, struct operand *operand)
{
    if (op->operand == OPERAND_NETWORKS) {
        operand->networks = index_networks(operand);
    } else if (is_list_kind(op->operand)) {
        operand->index = wanted_index_create(operand->values, operand->count);
    }
}

// The vendor's annotations quote `desired` as text.
static char *text_of_desired(json_t *desired)
{
    struct buf text;
    buf_init(&text, LIMIT_EVIDENCE_BYTES);
    evidence_value(&text, value_of_json(desired));
    return buf_take(&text);
}

enum err_kind operand_compile(const struct condition_operator *op, json_t *desired,
                              struct operand *operand_out, struct err *err)
{
    REQUIRE(op->operand != OPERAND_NONE);
    if (desired == NULL) {
        return err_set(err, ERR_INVALID, "%s needs desired: %s", op->name,
                       wanted_text(op->operand));
    }
    struct operand operand = {0};
    enum err_kind kind = is_list_kind(op->operand) && json_is_array(desired)
                             ? read_array(op, desired, &operand, err)
                             : read_scalar(op, desired, &operand, err);
    if (kind == ERR_OK && op->operand == OPERAND_PATTERN) {
        kind = read_pattern(op, &operand, err);
    }
    if (kind != ERR_OK) {
        operand_deinit(&operand);
        return kind;
    }
    index_values(op, &operand);
    operand.text = text_of_desired(desired);
    *operand_out = operand;
    return ERR_OK;
}

void operand_deinit(struct operand *operand)
{
    wanted_index_destroy(&operand->index);
    network_index_destroy(&operand->networks);
    for (size_t i = 0; i < operand->count; i++) {
        mem_free(&operand->values[i].text);
    }
    mem_free(&operand->values);
    mem_free(&operand->text);
    iregexp_destroy(&operand->pattern);
    *operand = (struct operand){0};
}
