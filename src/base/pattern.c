// SPDX-License-Identifier: MIT
#include "base/pattern.h"

#include <string.h>

// How many bytes the character has that begins the text.
static size_t character_len(struct span text)
{
    size_t len = 1;
    while (len < text.len && ((unsigned char)text.bytes[len] & 0xc0) == 0x80) {
        len++;
    }
    return len;
}

static struct span behind(struct span text, size_t len)
{
    return (struct span){text.bytes + len, text.len - len};
}

bool pattern_matches(const char *pattern, struct span text)
{
    const char *behind_star = NULL; // where the pattern goes on behind the last '*'
    struct span retry = {0};        // what that '*' has not swallowed yet
    while (text.len > 0) {
        if (*pattern == '*') {
            behind_star = ++pattern;
            retry = text;
        } else if (*pattern == '?') {
            pattern++;
            text = behind(text, character_len(text));
        } else if (*pattern == text.bytes[0]) {
            pattern++;
            text = behind(text, 1);
        } else if (behind_star != NULL) {
            pattern = behind_star;
            retry = behind(retry, character_len(retry));
            text = retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

bool pattern_is_exact(const char *pattern)
{
    return strpbrk(pattern, "*?") == NULL;
}

bool pattern_names_nothing(const char *pattern)
{
    return pattern[0] != '\0' && pattern[strspn(pattern, "*?")] == '\0';
}
