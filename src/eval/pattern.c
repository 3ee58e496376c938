// SPDX-License-Identifier: MIT
#include "pattern.h"

#include <stddef.h>

// The next character of a UTF-8 text.
static const char *next_character(const char *text)
{
    text++;
    while (((unsigned char)*text & 0xc0) == 0x80) {
        text++;
    }
    return text;
}

bool pattern_matches(const char *pattern, const char *text)
{
    const char *behind_star = NULL; // where the pattern goes on behind the last '*'
    const char *retry = NULL;       // what that '*' has not swallowed yet
    while (*text != '\0') {
        if (*pattern == '*') {
            behind_star = ++pattern;
            retry = text;
        } else if (*pattern == '?') {
            pattern++;
            text = next_character(text);
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (behind_star != NULL) {
            pattern = behind_star;
            retry = next_character(retry);
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
