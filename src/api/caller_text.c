// SPDX-License-Identifier: MIT
#include "caller_text.h"

#include "base/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

// Where the text that a path may be part of ends.
static const char *end_of_part(const char *text)
{
    while (*text != '\0' && *text != '"' && !text_starts_with(text, ": ")) {
        text++;
    }
    return text;
}

static const char *last_name(const char *path)
{
    const char *end = end_of_part(path);
    const char *name = path;
    for (const char *at = path; at < end; at++) {
        name = *at == '/' ? at + 1 : name;
    }
    return name;
}

// `at` is behind "scheme:"; gives where the text goes on behind the URL.
static const char *leave_out_url(struct buf *out, const char *at)
{
    size_t host_len = strlen("//") + strcspn(at + strlen("//"), "/ \"");
    (void)buf_append(out, at, host_len);
    at += host_len;
    if (*at == '/') {
        (void)buf_append_text(out, "/…");
        const char *end = end_of_part(at);
        size_t len = strcspn(at, " ");
        at = at + len < end ? at + len : end;
    }
    return at;
}

void caller_text(struct buf *out, const char *message)
{
    const char *at = message;
    while (*at != '\0') {
        bool follows_word = at > message && (isalnum((unsigned char)at[-1]) != 0);
        bool is_url = at > message && at[-1] == ':' && text_starts_with(at, "//");
        if (is_url) {
            at = leave_out_url(out, at);
        } else if (*at == '/' && !follows_word) {
            at = last_name(at);
        } else {
            (void)buf_append(out, at, 1);
            at++;
        }
    }
}
