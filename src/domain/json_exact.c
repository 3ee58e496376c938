// SPDX-License-Identifier: MIT
#include "domain/json_exact.h"

#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "domain/json_number.h"

#include <string.h>

static const size_t LOAD_FLAGS = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;

static bool is_number_character(char c)
{
    return json_exact_begins(c) || c == '.' || c == '+' || c == 'e' || c == 'E';
}

// Most numbers: so short that they are integers of 64 bits, if nothing but digits.
static bool is_plain(struct span number)
{
    enum { SAFE_DIGITS = 18 };
    size_t at = 0;
    while (at < number.len && number.bytes[at] >= '0' && number.bytes[at] <= '9') {
        at++;
    }
    return at == number.len && at <= SAFE_DIGITS;
}

static bool is_changed(struct span number)
{
    int64_t integer;
    return !is_plain(number) && json_number_len(number) == number.len &&
           (span_equals_text(number, "-0") || !text_to_int64(number.bytes, number.len, &integer));
}

size_t json_exact_add(struct json_exact *exact, struct span text, size_t at)
{
    size_t end = at;
    while (end < text.len && is_number_character(text.bytes[end])) {
        end++;
    }
    const struct span number = {text.bytes + at, end - at};
    if (is_changed(number)) {
        exact->items =
            mem_grow(exact->items, &exact->capacity, exact->count + 1, sizeof(*exact->items));
        exact->items[exact->count++] = (struct json_exact_number){exact->seen, at, number.len};
        if (exact->excessive_at == 0 && json_number_is_excessive(number)) {
            exact->excessive_at = at + 1;
        }
    }
    exact->seen++;
    return end;
}

void json_exact_deinit(struct json_exact *exact)
{
    mem_free(&exact->items);
    *exact = (struct json_exact){0};
}

// A copy of the text in which each number that jansson would change is 0 and blanks.
static char *mask(const struct json_exact *exact, struct span text)
{
    char *masked = mem_dup(text.bytes, text.len);
    for (size_t i = 0; i < exact->count; i++) {
        memset(masked + exact->items[i].offset, ' ', exact->items[i].len);
        masked[exact->items[i].offset] = '0';
    }
    return masked;
}

// A walk in the order of the text: jansson keeps members in that order, and no member is there
// twice.
struct walk {
    const struct json_exact *exact;
    const char *text;
    size_t seen; // numbers passed
    size_t next; // the number that comes next
};

static void restore_below(struct walk *walk, json_t *value);

// The number that `value` stands for, a new reference; NULL when it stands for itself.
static json_t *take_number(struct walk *walk, json_t *value)
{
    if (!json_is_number(value)) {
        restore_below(walk, value);
        return NULL;
    }
    size_t ordinal = walk->seen++;
    if (walk->next == walk->exact->count || walk->exact->items[walk->next].ordinal != ordinal) {
        return NULL;
    }
    const struct json_exact_number *number = &walk->exact->items[walk->next++];
    return json_number_new((struct span){walk->text + number->offset, number->len});
}

// The parser's limit of depth bounds the recursion.
static void restore_below(struct walk *walk, json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *number = take_number(walk, json_array_get(value, i));
        if (number != NULL) {
            (void)json_array_set_new(value, i, number);
        }
    }
    for (void *at = json_object_iter(value); at != NULL; at = json_object_iter_next(value, at)) {
        json_t *number = take_number(walk, json_object_iter_value(at));
        if (number != NULL) {
            (void)json_object_iter_set_new(value, at, number);
        }
    }
}

static json_t *restore(const struct json_exact *exact, const char *text, json_t *take_root)
{
    struct walk walk = {.exact = exact, .text = text};
    json_t *number = take_number(&walk, take_root);
    ENSURE(walk.next == exact->count);
    if (number == NULL) {
        return take_root;
    }
    json_decref(take_root);
    return number;
}

// jansson's sentence quotes the text near the error, which is the masked one here; the original has
// the same error at the same place, if no number before it is too large for jansson.
static void quote_original(struct span text, json_error_t *error)
{
    json_error_t original;
    json_t *json = json_loadb(text.bytes, text.len, LOAD_FLAGS, &original);
    if (json == NULL && json_error_code(&original) != json_error_numeric_overflow) {
        *error = original;
    }
    json_decref(json);
}

json_t *json_exact_parse(const struct json_exact *exact, struct span text, json_error_t *error)
{
    if (exact->count == 0) {
        return json_loadb(text.bytes, text.len, LOAD_FLAGS, error);
    }
    char *masked = mask(exact, text);
    json_t *json = json_loadb(masked, text.len, LOAD_FLAGS, error);
    mem_free(&masked);
    if (json == NULL) {
        if (error != NULL) {
            quote_original(text, error);
        }
        return NULL;
    }
    return restore(exact, text.bytes, json);
}

// Text that is no JSON may be taken apart wrongly here, and is refused by the parser.
static void look_over(struct json_exact *exact, struct span text)
{
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.bytes[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (json_exact_begins(c)) {
            i = json_exact_add(exact, text, i) - 1;
        }
    }
}

json_t *json_exact_load(struct span text, size_t *excessive_at_out, json_error_t *error)
{
    struct json_exact exact = {0};
    look_over(&exact, text);
    json_t *json = json_exact_parse(&exact, text, error);
    if (excessive_at_out != NULL) {
        *excessive_at_out = exact.excessive_at;
    }
    json_exact_deinit(&exact);
    return json;
}
