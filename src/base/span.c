// SPDX-License-Identifier: MIT
#include "base/span.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool span_equals_ignore_case(struct span a, struct span b)
{
    if (a.len != b.len) {
        return false;
    }
    if (span_equals(a, b)) {
        return true;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.bytes[i]) != lower(b.bytes[i])) {
            return false;
        }
    }
    return true;
}

int span_compare(struct span a, struct span b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared == 0 ? 0 : memcmp(a.bytes, b.bytes, shared);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}
