// SPDX-License-Identifier: MIT
#include "version.h"

#include <string.h>

// One part between two dots.
struct part {
    const char *text;
    size_t len;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

// Cuts the part before the next dot off; an empty one at the end.
static struct part take_part(const char **at, const char *end)
{
    struct part part = {*at, 0};
    const char *dot = *at < end ? memchr(*at, '.', (size_t)(end - *at)) : NULL;
    part.len = (size_t)((dot == NULL ? end : dot) - *at);
    *at = dot == NULL ? end : dot + 1;
    return part;
}

static bool is_number(struct part part)
{
    for (size_t i = 0; i < part.len; i++) {
        if (!is_digit(part.text[i])) {
            return false;
        }
    }
    return part.len > 0;
}

static bool are_parts(const char *text, size_t len, bool may_have_letters)
{
    bool is_part_empty = true;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.' ? is_part_empty
                           : !is_digit(text[i]) && !(may_have_letters && is_letter(text[i]))) {
            return false;
        }
        is_part_empty = text[i] == '.';
    }
    return !is_part_empty;
}

bool version_parse(const char *text, size_t len, struct version *version_out)
{
    if (len > 0 && (text[0] == 'v' || text[0] == 'V')) {
        text++;
        len--;
    }
    const char *plus = len > 0 ? memchr(text, '+', len) : NULL;
    len = plus == NULL ? len : (size_t)(plus - text);
    const char *hyphen = len > 0 ? memchr(text, '-', len) : NULL;
    struct version version = {.numbers = text, .numbers_len = len};
    if (hyphen != NULL) {
        version.numbers_len = (size_t)(hyphen - text);
        version.pre_release = hyphen + 1;
        version.pre_release_len = len - version.numbers_len - 1;
        if (!are_parts(version.pre_release, version.pre_release_len, true)) {
            return false;
        }
    }
    if (!are_parts(version.numbers, version.numbers_len, false)) {
        return false;
    }
    *version_out = version;
    return true;
}

static int sign_of(int order)
{
    return (order > 0) - (order < 0);
}

// Digits of any length; no digits are 0.
static int compare_numbers(struct part a, struct part b)
{
    while (a.len > 0 && a.text[0] == '0') {
        a.text++;
        a.len--;
    }
    while (b.len > 0 && b.text[0] == '0') {
        b.text++;
        b.len--;
    }
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return a.len == 0 ? 0 : sign_of(memcmp(a.text, b.text, a.len));
}

static int compare_texts(struct part a, struct part b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = sign_of(memcmp(a.text, b.text, len));
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_parts(struct part a, struct part b)
{
    bool a_is_number = is_number(a);
    bool b_is_number = is_number(b);
    if (a_is_number != b_is_number) {
        return a_is_number ? -1 : 1;
    }
    return a_is_number ? compare_numbers(a, b) : compare_texts(a, b);
}

static int compare_pre_releases(const struct version *a, const struct version *b)
{
    if (a->pre_release_len == 0 || b->pre_release_len == 0) {
        return (a->pre_release_len == 0) - (b->pre_release_len == 0);
    }
    const char *a_at = a->pre_release;
    const char *b_at = b->pre_release;
    const char *a_end = a_at + a->pre_release_len;
    const char *b_end = b_at + b->pre_release_len;
    int order = 0;
    while (order == 0 && a_at < a_end && b_at < b_end) {
        order = compare_parts(take_part(&a_at, a_end), take_part(&b_at, b_end));
    }
    return order != 0 ? order : (a_at < a_end) - (b_at < b_end);
}

int version_compare(const struct version *a, const struct version *b)
{
    const char *a_at = a->numbers;
    const char *b_at = b->numbers;
    const char *a_end = a_at + a->numbers_len;
    const char *b_end = b_at + b->numbers_len;
    int order = 0;
    while (order == 0 && (a_at < a_end || b_at < b_end)) {
        order = compare_numbers(take_part(&a_at, a_end), take_part(&b_at, b_end));
    }
    return order != 0 ? order : compare_pre_releases(a, b);
}
