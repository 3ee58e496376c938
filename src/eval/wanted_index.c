// SPDX-License-Identifier: MIT
#include "wanted_index.h"

#include "base/check.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

// Values in an order in which those that count as one stand side by side.
struct order {
    const struct operand_value **values;
    size_t count;
    int (*compare)(const struct operand_value *a, const struct operand_value *b);
};

struct wanted_index {
    const struct operand_value *values;
    size_t count;
    struct order texts;
    struct order folded;  // texts without regard to letter case
    struct order numbers; // values that are numbers
};

// ---- the three orders

static int compare_lengths(const struct operand_value *a, const struct operand_value *b)
{
    return (a->len > b->len) - (a->len < b->len);
}

static int compare_texts(const struct operand_value *a, const struct operand_value *b)
{
    int order = compare_lengths(a, b);
    return order != 0 || a->len == 0 ? order : memcmp(a->text, b->text, a->len);
}

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int compare_folded(const struct operand_value *a, const struct operand_value *b)
{
    int order = compare_lengths(a, b);
    for (size_t i = 0; i < a->len && order == 0; i++) {
        order = fold(a->text[i]) - fold(b->text[i]);
    }
    return order;
}

static int compare_numbers(const struct operand_value *a, const struct operand_value *b)
{
    return decimal_compare(&a->number, &b->number);
}

// What qsort passes: two places in the list.
static const struct operand_value *at_place(const void *place)
{
    return *(const struct operand_value *const *)place;
}

static int sort_texts(const void *a, const void *b)
{
    return compare_texts(at_place(a), at_place(b));
}

static int sort_folded(const void *a, const void *b)
{
    return compare_folded(at_place(a), at_place(b));
}

static int sort_numbers(const void *a, const void *b)
{
    return compare_numbers(at_place(a), at_place(b));
}

static struct order order_of(const struct wanted_index *index, bool only_numbers)
{
    struct order order = {.values = mem_alloc(index->count, sizeof(const struct operand_value *))};
    for (size_t i = 0; i < index->count; i++) {
        if (!only_numbers || index->values[i].is_number) {
            order.values[order.count++] = &index->values[i];
        }
    }
    return order;
}

struct wanted_index *wanted_index_create(const struct operand_value *values, size_t count)
{
    if (count <= WANTED_FEW) {
        return NULL;
    }
    struct wanted_index *index = mem_alloc(1, sizeof(*index));
    index->values = values;
    index->count = count;
    index->texts = order_of(index, false);
    index->texts.compare = compare_texts;
    qsort(index->texts.values, index->texts.count, sizeof(const struct operand_value *),
          sort_texts);
    index->folded = order_of(index, false);
    index->folded.compare = compare_folded;
    qsort(index->folded.values, index->folded.count, sizeof(const struct operand_value *),
          sort_folded);
    index->numbers = order_of(index, true);
    index->numbers.compare = compare_numbers;
    qsort(index->numbers.values, index->numbers.count, sizeof(const struct operand_value *),
          sort_numbers);
    return index;
}

void wanted_index_destroy(struct wanted_index **index)
{
    if (*index == NULL) {
        return;
    }
    mem_free(&(*index)->texts.values);
    mem_free(&(*index)->folded.values);
    mem_free(&(*index)->numbers.values);
    mem_free(index);
}

// ---- looking up

// The first place at which the value stands, or `count`.
static size_t find(const struct order *order, const struct operand_value *value)
{
    size_t low = 0;
    size_t high = order->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order->compare(order->values[middle], value) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool is_there = low < order->count && order->compare(order->values[low], value) == 0;
    return is_there ? low : order->count;
}

// What is compared of a text that is looked for; the orders change nothing.
static struct operand_value value_of(struct span text)
{
    return (struct operand_value){.text = (char *)(uintptr_t)text.bytes, .len = text.len};
}

bool wanted_index_has_text(const struct wanted_index *index, struct span text)
{
    const struct operand_value value = value_of(text);
    return find(&index->folded, &value) < index->folded.count;
}

// The order in which the value would stand, made ready to be looked for; NULL when it is none that
// can be wanted.
static const struct order *order_for(const struct wanted_index *index, const struct actual *actual,
                                     struct operand_value *value_out)
{
    const struct span text = actual->text.span;
    switch (actual->kind) {
    case VALUE_NUMBER:
        return decimal_parse(text.bytes, text.len, &value_out->number) ? &index->numbers : NULL;
    case VALUE_TEXT:
    case VALUE_TRUE:
    case VALUE_FALSE:
        *value_out = value_of(text);
        return &index->texts;
    case VALUE_NULL:
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        break;
    }
    return NULL;
}

bool wanted_index_has(const struct wanted_index *index, const struct actual *actual)
{
    struct operand_value value;
    const struct order *order = order_for(index, actual, &value);
    return order != NULL && find(order, &value) < order->count;
}

// ---- marks

// Found as a text, found as a number: a value may be both, and what counts as one with it differs.
enum { MARK_TEXT = 1, MARK_NUMBER = 2 };

struct wanted_marks wanted_marks_begin(const struct wanted_index *index)
{
    return (struct wanted_marks){
        .index = index, .marks = mem_alloc(index->count, 1), .left = index->count};
}

void wanted_marks_add(struct wanted_marks *marks, const struct actual *actual)
{
    struct operand_value value;
    const struct order *order = order_for(marks->index, actual, &value);
    if (order == NULL) {
        return;
    }
    const unsigned char mark = order == &marks->index->numbers ? MARK_NUMBER : MARK_TEXT;
    for (size_t at = find(order, &value); at < order->count; at++) {
        unsigned char *marked = &marks->marks[order->values[at] - marks->index->values];
        // The first of those that count as one says whether all of them have the mark already.
        if ((*marked & mark) != 0 || order->compare(order->values[at], &value) != 0) {
            return;
        }
        marks->left -= *marked == 0 ? 1 : 0;
        *marked |= mark;
    }
}

void wanted_marks_end(struct wanted_marks *marks)
{
    mem_free(&marks->marks);
}
