// SPDX-License-Identifier: MIT
#include "document_numbers.h"

#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "decimal.h"
#include "value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Every integer of so many digits has 64 bits, every decimal of so many digits survives a double.
enum { SAFE_INTEGER_CHARACTERS = 18, SAFE_REAL_CHARACTERS = 15 };

static bool is_number_character(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

// Whether the double nearest to the number, as decimal text, is another number.
static bool loses_digits(const char *text, size_t len, const struct decimal *number)
{
    char *copy = mem_text_n(text, len);
    double nearest = strtod(copy, NULL);
    mem_free(&copy);
    if (!isfinite(nearest)) {
        return true;
    }
    char digits[DECIMAL_TEXT_BYTES];
    size_t digits_len = decimal_text_of_real(nearest, digits);
    struct decimal kept;
    return !decimal_parse(digits, digits_len, &kept) || decimal_compare(number, &kept) != 0;
}

static bool is_wide(const char *text, size_t len)
{
    bool has_exponent = memchr(text, 'e', len) != NULL || memchr(text, 'E', len) != NULL;
    bool is_integer = !has_exponent && memchr(text, '.', len) == NULL;
    if (len <= SAFE_REAL_CHARACTERS && !has_exponent) {
        return false;
    }
    if (is_integer && len <= SAFE_INTEGER_CHARACTERS) {
        return false;
    }
    struct decimal number;
    if (!decimal_parse(text, len, &number)) {
        return false; // no number; the parser says so
    }
    int64_t integer;
    return is_integer ? !text_to_int64(text, len, &integer) : loses_digits(text, len, &number);
}

size_t document_numbers_add(struct document_numbers *numbers, const char *text, size_t len,
                            size_t at)
{
    size_t end = at;
    while (end < len && is_number_character(text[end])) {
        end++;
    }
    if (is_wide(text + at, end - at)) {
        numbers->items = mem_grow(numbers->items, &numbers->capacity, numbers->count + 1,
                                  sizeof(*numbers->items));
        numbers->items[numbers->count++] = (struct document_number){numbers->seen, at, end - at};
    }
    numbers->seen++;
    return end;
}

void document_numbers_deinit(struct document_numbers *numbers)
{
    mem_free(&numbers->items);
    *numbers = (struct document_numbers){0};
}

char *document_numbers_mask(const struct document_numbers *numbers, const char *text, size_t len)
{
    char *masked = mem_dup(text, len);
    for (size_t i = 0; i < numbers->count; i++) {
        memset(masked + numbers->items[i].offset, ' ', numbers->items[i].len);
        masked[numbers->items[i].offset] = '0';
    }
    return masked;
}

// A walk in the order of the text: jansson keeps members in that order, and no member is there
// twice.
struct walk {
    const struct document_numbers *numbers;
    const char *text;
    size_t seen; // numbers passed
    size_t next; // the wide number that comes next
};

static void restore_below(struct walk *walk, json_t *value);

// The wide number that `value` stands for, a new reference; NULL when it stands for itself.
static json_t *take_wide(struct walk *walk, json_t *value)
{
    if (!json_is_number(value)) {
        restore_below(walk, value);
        return NULL;
    }
    size_t ordinal = walk->seen++;
    if (walk->next == walk->numbers->count || walk->numbers->items[walk->next].ordinal != ordinal) {
        return NULL;
    }
    const struct document_number *wide = &walk->numbers->items[walk->next++];
    return value_wide_number(walk->text + wide->offset, wide->len);
}

static void restore_below(struct walk *walk, json_t *value)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *wide = take_wide(walk, json_array_get(value, i));
            if (wide != NULL) {
                (void)json_array_set_new(value, i, wide);
            }
        }
        return;
    }
    for (void *at = json_object_iter(value); at != NULL; at = json_object_iter_next(value, at)) {
        json_t *wide = take_wide(walk, json_object_iter_value(at));
        if (wide != NULL) {
            (void)json_object_iter_set_new(value, at, wide);
        }
    }
}

void document_numbers_restore(const struct document_numbers *numbers, const char *text,
                              json_t **root)
{
    struct walk walk = {.numbers = numbers, .text = text};
    json_t *wide = take_wide(&walk, *root);
    if (wide != NULL) {
        json_decref(*root);
        *root = wide;
    }
    ENSURE(walk.next == numbers->count);
}
