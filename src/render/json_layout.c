// SPDX-License-Identifier: MIT
#include "json_layout.h"

#include "base/check.h"
#include "base/mem.h"
#include "json_write.h"

#include <stdlib.h>
#include <string.h>

// Each of these begins at the first byte of what it is named after, and returns where that ends.
static const char *write_value(const char *at, size_t depth, struct buf *out);

static const char *end_of_text(const char *at)
{
    do {
        at += *at == '\\' && at[1] != '\0' ? 2 : 1;
        at += strcspn(at, "\"\\");
        REQUIRE(*at != '\0');
    } while (*at != '"');
    return at + 1;
}

static const char *end_of_value(const char *at)
{
    size_t open = 0;
    do {
        if (*at == '"') {
            at = end_of_text(at);
        } else {
            open += *at == '{' || *at == '[' ? 1 : 0;
            open -= *at == '}' || *at == ']' ? 1 : 0;
            at++;
        }
        at += open > 0 ? strcspn(at, "\"{}[]") : 0;
        REQUIRE(open == 0 || *at != '\0');
    } while (open > 0);
    return at + strcspn(at, ",]}");
}

// The two line breaks of Unicode, which json_text_append escapes and json_write does not.
static const char *plain_spelling(const char *escape)
{
    return strncmp(escape, "\\u2028", 6) == 0   ? "\xe2\x80\xa8"
           : strncmp(escape, "\\u2029", 6) == 0 ? "\xe2\x80\xa9"
                                                : NULL;
}

static const char *write_text(const char *at, struct buf *out)
{
    const char *end = end_of_text(at);
    const char *escape;
    while ((escape = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        const char *plain = plain_spelling(escape);
        (void)buf_append(out, at, (size_t)(escape - at));
        at = escape + (plain != NULL ? 6 : 2);
        (void)buf_append_text(out, plain != NULL ? plain : "");
        (void)buf_append(out, escape, plain != NULL ? 0 : 2);
    }
    (void)buf_append(out, at, (size_t)(end - at));
    return end;
}

struct member {
    const char *name; // with its quotes
    size_t name_len;
    const char *value;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;
    // Without the quote at the end, which would count as a character.
    size_t shorter = left->name_len < right->name_len ? left->name_len : right->name_len;
    int order = memcmp(left->name, right->name, shorter - 1);
    return order != 0 ? order
                      : (left->name_len > right->name_len) - (left->name_len < right->name_len);
}

static const char *write_members(const char *at, size_t depth, struct buf *out)
{
    struct member *members = NULL;
    size_t capacity = 0;
    size_t count = 0;
    while (*at != '}') {
        at += *at == ',' ? 1 : 0;
        const char *name_end = end_of_text(at);
        REQUIRE(*at == '"' && *name_end == ':');
        members = mem_grow(members, &capacity, count + 1, sizeof(*members));
        members[count++] = (struct member){at, (size_t)(name_end - at), name_end + 1};
        at = end_of_value(name_end + 1);
    }
    qsort(members, count, sizeof(*members), compare_members);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append(out, ",", i > 0 ? 1 : 0);
        json_write_line_end(out, depth);
        (void)write_text(members[i].name, out);
        (void)buf_append(out, ": ", 2);
        (void)write_value(members[i].value, depth, out);
    }
    mem_free(&members);
    return at;
}

static const char *write_elements(const char *at, size_t depth, struct buf *out)
{
    while (*at != ']') {
        if (*at == ',') {
            (void)buf_append_char(out, *at++);
        }
        json_write_line_end(out, depth);
        at = write_value(at, depth, out);
        REQUIRE(*at == ',' || *at == ']');
    }
    return at;
}

static const char *write_container(const char *at, size_t depth, struct buf *out)
{
    char kind = *at++;
    (void)buf_append_char(out, kind);
    if (*at != '}' && *at != ']') {
        at = kind == '{' ? write_members(at, depth + 1, out) : write_elements(at, depth + 1, out);
        json_write_line_end(out, depth);
    }
    (void)buf_append_char(out, *at);
    return at + 1;
}

static const char *write_value(const char *at, size_t depth, struct buf *out)
{
    if (*at == '{' || *at == '[') {
        return write_container(at, depth, out);
    }
    if (*at == '"') {
        return write_text(at, out);
    }
    size_t len = strcspn(at, ",]}\n");
    (void)buf_append(out, at, len);
    return at + len;
}

void json_layout(const char *text, size_t depth, struct buf *out)
{
    const char *end = write_value(text, depth, out);
    REQUIRE(*end == '\n' || *end == '\0');
}
