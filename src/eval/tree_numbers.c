// SPDX-License-Identifier: MIT
#include "tree_numbers.h"

#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "number_text.h"
#include "scan/scanner.h"

#include <stdlib.h>

static const char WIDE_MARK = (char)0xff;

bool tree_is_wide_number(const json_t *json)
{
    return json_is_string(json) && json_string_length(json) > 0 &&
           json_string_value(json)[0] == WIDE_MARK;
}

struct span tree_wide_digits(const json_t *wide)
{
    REQUIRE(tree_is_wide_number(wide));
    return (struct span){json_string_value(wide) + 1, json_string_length(wide) - 1};
}

static json_t *wide_number(struct span digits)
{
    char *marked = mem_alloc(digits.len + 1, 1);
    marked[0] = WIDE_MARK;
    memcpy(marked + 1, digits.bytes, digits.len);
    json_t *json = json_stringn_nocheck(marked, digits.len + 1);
    mem_free(&marked);
    return json;
}

static bool is_number_character(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

static bool has_long_exponent(struct span number)
{
    size_t digits = 0;
    size_t at = number.len;
    while (at > 0 && number.bytes[at - 1] >= '0' && number.bytes[at - 1] <= '9') {
        at--;
        digits++;
    }
    at -= at > 0 && (number.bytes[at - 1] == '-' || number.bytes[at - 1] == '+') ? 1 : 0;
    bool is_exponent = at > 0 && (number.bytes[at - 1] == 'e' || number.bytes[at - 1] == 'E');
    return is_exponent && digits > SCAN_EXPONENT_DIGITS;
}

size_t tree_numbers_add(struct tree_numbers *numbers, const char *text, size_t len, size_t at)
{
    size_t end = at;
    while (end < len && is_number_character(text[end])) {
        end++;
    }
    const struct span number = {text + at, end - at};
    if (numbers->refused_at == 0 && has_long_exponent(number)) {
        numbers->refused_at = at + 1;
    }
    if (number_is_wide(number)) {
        numbers->items = mem_grow(numbers->items, &numbers->capacity, numbers->count + 1,
                                  sizeof(*numbers->items));
        numbers->items[numbers->count++] = (struct tree_number){numbers->seen, at, end - at};
    }
    numbers->seen++;
    return end;
}

void tree_numbers_deinit(struct tree_numbers *numbers)
{
    mem_free(&numbers->items);
    *numbers = (struct tree_numbers){0};
}

char *tree_numbers_mask(const struct tree_numbers *numbers, const char *text, size_t len)
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
    const struct tree_numbers *numbers;
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
    const struct tree_number *wide = &walk->numbers->items[walk->next++];
    return wide_number((struct span){walk->text + wide->offset, wide->len});
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

void tree_numbers_restore(const struct tree_numbers *numbers, const char *text, json_t **root)
{
    struct walk walk = {.numbers = numbers, .text = text};
    json_t *wide = take_wide(&walk, *root);
    if (wide != NULL) {
        json_decref(*root);
        *root = wide;
    }
    ENSURE(walk.next == numbers->count);
}

json_t *tree_number_of(struct span digits)
{
    if (number_is_wide(digits)) {
        return wide_number(digits);
    }
    int64_t integer;
    if (text_to_int64(digits.bytes, digits.len, &integer)) {
        return json_integer(integer);
    }
    char *copy = mem_text_n(digits.bytes, digits.len);
    json_t *json = json_real(strtod(copy, NULL));
    mem_free(&copy);
    return json;
}
