// SPDX-License-Identifier: MIT
#include "arguments.h"

#include "base/digits.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// All texts that go into a command were bounded before; this is the sum of the largest batch with
// room to spare.
enum { ARGUMENTS_BYTES_MAX = 4 * 1024 * 1024 };

// What most lists stay within.
enum { USUAL_COUNT = 64, USUAL_BYTES = 960 };

void arguments_init(struct arguments *list)
{
    *list = (struct arguments){.count = 0};
    buf_init(&list->bytes, ARGUMENTS_BYTES_MAX);
}

void arguments_deinit(struct arguments *list)
{
    buf_deinit(&list->bytes);
    mem_free(&list->ends);
    list->count = 0;
    list->capacity = 0;
}

static void end_argument(struct arguments *list)
{
    ENSURE(!list->bytes.overflow);
    list->ends = mem_grow(list->ends, &list->capacity, list->count + 1, sizeof(*list->ends));
    list->ends[list->count] = list->bytes.len;
    list->count++;
}

void arguments_add_bytes(struct arguments *list, const char *bytes, size_t len)
{
    if (list->ends == NULL) {
        list->ends = mem_grow(NULL, &list->capacity, USUAL_COUNT, sizeof(*list->ends));
        buf_reserve(&list->bytes, USUAL_BYTES);
    }
    (void)buf_append(&list->bytes, bytes, len); // end_argument looks at `overflow`
    end_argument(list);
}

void arguments_add(struct arguments *list, const char *text)
{
    arguments_add_bytes(list, text, strlen(text));
}

void arguments_add_all(struct arguments *list, const struct arguments *more)
{
    struct redis_arg *view = arguments_view(more);
    for (size_t i = 0; i < more->count; i++) {
        arguments_add_bytes(list, view[i].bytes, view[i].len);
    }
    mem_free(&view);
}

void arguments_add_number(struct arguments *list, int64_t number)
{
    char text[1 + DIGITS_WRITTEN_MAX] = "-";
    size_t sign = number < 0 ? 1 : 0;
    uint64_t value = number < 0 ? -(uint64_t)number : (uint64_t)number;
    arguments_add_bytes(list, text, sign + digits_write(value, text + sign));
}

void arguments_add_unsigned(struct arguments *list, uint64_t number)
{
    char text[DIGITS_WRITTEN_MAX];
    arguments_add_bytes(list, text, digits_write(number, text));
}

void arguments_add_format(struct arguments *list, const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    int len = vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    REQUIRE(len >= 0 && (size_t)len < sizeof(text));
    arguments_add_bytes(list, text, (size_t)len);
}

struct redis_arg *arguments_view(const struct arguments *list)
{
    struct redis_arg *view = mem_alloc(list->count + 1, sizeof(*view));
    size_t begin = 0;
    for (size_t i = 0; i < list->count; i++) {
        view[i].bytes = list->bytes.data == NULL ? "" : list->bytes.data + begin;
        view[i].len = list->ends[i] - begin;
        begin = list->ends[i];
    }
    return view;
}
