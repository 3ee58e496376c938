// SPDX-License-Identifier: MIT
//
// Bytes that are borrowed from somebody; they may hold NUL and have none behind them. Pure.
// Thread: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *bytes;
    size_t len;
};

static inline struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static inline bool span_equals(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

static inline bool span_equals_text(struct span span, const char *text)
{
    return span_equals(span, span_of(text));
}

// ASCII letters only.
bool span_equals_ignore_case_of_len(const char *a, const char *b, size_t len);
static inline bool span_equals_ignore_case(struct span a, struct span b)
{
    return a.len == b.len && span_equals_ignore_case_of_len(a.bytes, b.bytes, a.len);
}

// Without the blanks and tabs at its beginning; and without those at its end, too.
struct span span_skip_blanks(struct span text);
struct span span_trim(struct span text);

// As strcmp: bytewise, the shorter of two that agree first.
int span_compare(struct span a, struct span b);
