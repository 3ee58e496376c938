// SPDX-License-Identifier: MIT
#include "json_write.h"

#include "base/digits.h"
#include "base/mem.h"
#include "json_layout.h"
#include "json_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 2, FEW_MEMBERS = 16 };

struct writing {
    struct buf *out;
    size_t precision;
    size_t depth;
    const struct json_texts *texts; // NULL: none
};

struct member {
    const char *key;
    json_t *value;
};

static void write_value(struct writing *writing, json_t *value);

void json_write_line_end(struct buf *out, size_t depth)
{
    static const char BLANKS[] = "\n                                ";
    size_t left = depth * INDENT;
    size_t part = left < sizeof(BLANKS) - 2 ? left : sizeof(BLANKS) - 2;
    (void)buf_append(out, BLANKS, 1 + part);
    for (left -= part; left > 0; left--) {
        (void)buf_append_char(out, ' ');
    }
}

static void write_line_end(const struct writing *writing)
{
    json_write_line_end(writing->out, writing->depth);
}

static void write_text(struct buf *out, const char *text, size_t len)
{
    size_t plain = 0; // where the run that needs no escape begins
    (void)buf_append_char(out, '"');
    for (size_t at = 0; at < len; at++) {
        if (json_text_needs_escape(text[at])) {
            (void)buf_append(out, text + plain, at - plain);
            json_text_append_escape(out, (unsigned char)text[at]);
            plain = at + 1;
        }
    }
    (void)buf_append(out, text + plain, len - plain);
    (void)buf_append_char(out, '"');
}

static int compare_members(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->key, ((const struct member *)b)->key);
}

// In the order of their names.
static void list_members(json_t *object, struct member *members, size_t count)
{
    size_t at = 0;
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
        members[at++] = (struct member){json_object_iter_key(i), json_object_iter_value(i)};
    }
    ENSURE(at == count);
    qsort(members, count, sizeof(*members), compare_members);
}

static void write_object(struct writing *writing, json_t *object)
{
    size_t count = json_object_size(object);
    struct member few[FEW_MEMBERS];
    struct member *members = count <= FEW_MEMBERS ? few : mem_alloc(count, sizeof(*members));
    list_members(object, members, count);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append(writing->out, ",", i > 0 ? 1 : 0);
        write_line_end(writing);
        write_text(writing->out, members[i].key, strlen(members[i].key));
        (void)buf_append(writing->out, ": ", 2);
        write_value(writing, members[i].value);
    }
    if (members != few) {
        mem_free(&members);
    }
}

static void write_array(struct writing *writing, json_t *array)
{
    size_t count = json_array_size(array);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append(writing->out, ",", i > 0 ? 1 : 0);
        write_line_end(writing);
        write_value(writing, json_array_get(array, i));
    }
}

static void write_given_texts(const struct writing *writing)
{
    for (size_t i = 0; i < writing->texts->count; i++) {
        (void)buf_append(writing->out, ",", i > 0 ? 1 : 0);
        write_line_end(writing);
        json_layout(writing->texts->texts[i], writing->depth, writing->out);
    }
}

static bool has_given_texts(const struct writing *writing, const json_t *value)
{
    return writing->texts != NULL && writing->texts->place == value && writing->texts->count > 0;
}

static void write_container(struct writing *writing, json_t *value)
{
    bool is_object = json_is_object(value);
    bool has_texts = has_given_texts(writing, value);
    (void)buf_append_char(writing->out, is_object ? '{' : '[');
    if (has_texts || (is_object ? json_object_size(value) : json_array_size(value)) > 0) {
        writing->depth++;
        if (is_object) {
            write_object(writing, value);
        } else if (has_texts) {
            write_given_texts(writing);
        } else {
            write_array(writing, value);
        }
        writing->depth--;
        write_line_end(writing);
    }
    (void)buf_append_char(writing->out, is_object ? '}' : ']');
}

static void write_integer(struct buf *out, json_int_t number)
{
    char digits[DIGITS_WRITTEN_MAX];
    uint64_t value = number < 0 ? -(uint64_t)number : (uint64_t)number;
    (void)buf_append(out, "-", number < 0 ? 1 : 0);
    (void)buf_append(out, digits, digits_write(value, digits));
}

// The spelling of a fraction is jansson's.
static void write_real(const struct writing *writing, json_t *real)
{
    char text[64];
    size_t len = json_dumpb(real, text, sizeof(text),
                            JSON_ENCODE_ANY | JSON_REAL_PRECISION(writing->precision));
    ENSURE(len > 0 && len <= sizeof(text));
    (void)buf_append(writing->out, text, len);
}

static void write_value(struct writing *writing, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        write_container(writing, value);
        break;
    case JSON_STRING:
        write_text(writing->out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        write_integer(writing->out, json_integer_value(value));
        break;
    case JSON_REAL:
        write_real(writing, value);
        break;
    case JSON_TRUE:
        (void)buf_append_text(writing->out, "true");
        break;
    case JSON_FALSE:
        (void)buf_append_text(writing->out, "false");
        break;
    case JSON_NULL:
        (void)buf_append_text(writing->out, "null");
        break;
    }
}

void json_write_with(json_t *value, size_t precision, const struct json_texts *texts,
                     struct buf *out)
{
    struct writing writing = {.out = out, .precision = precision, .texts = texts};
    write_value(&writing, value);
}

void json_write(json_t *value, size_t precision, struct buf *out)
{
    json_write_with(value, precision, NULL, out);
}
