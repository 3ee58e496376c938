// SPDX-License-Identifier: MIT
#include "base/span.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool span_equals_ignore_case_of_len(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (a[i] != b[i] && lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct span span_skip_blanks(struct span text)
{
    while (text.len > 0 && is_blank(text.bytes[0])) {
        text = (struct span){text.bytes + 1, text.len - 1};
    }
    return text;
}

struct span span_trim(struct span text)
{
    text = span_skip_blanks(text);
    while (text.len > 0 && is_blank(text.bytes[text.len - 1])) {
        text.len--;
    }
    return text;
}

int span_compare(struct span a, struct span b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared == 0 ? 0 : memcmp(a.bytes, b.bytes, shared);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}
