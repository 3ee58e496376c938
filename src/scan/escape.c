// SPDX-License-Identifier: MIT
#include "escape.h"

#include "base/text.h"

#include <string.h>

enum { ESCAPE_BYTES = 2, UNICODE_BYTES = 6 };

// What the character behind a backslash means, 0 when it means nothing. A u says more behind it.
static char meaning_of(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

static bool read_digit(char c, uint32_t *digit_out)
{
    char lower = (char)(c | 0x20);
    if (c >= '0' && c <= '9') {
        *digit_out = (uint32_t)(c - '0');
        return true;
    }
    *digit_out = (uint32_t)(lower - 'a') + 10;
    return lower >= 'a' && lower <= 'f';
}

// \uXXXX at the text's beginning.
static bool read_unit(const char *text, size_t len, uint32_t *unit_out)
{
    if (len < UNICODE_BYTES || text[0] != '\\' || text[1] != 'u') {
        return false;
    }
    uint32_t unit = 0;
    for (size_t i = ESCAPE_BYTES; i < UNICODE_BYTES; i++) {
        uint32_t digit;
        if (!read_digit(text[i], &digit)) {
            return false;
        }
        unit = unit << 4 | digit;
    }
    *unit_out = unit;
    return true;
}

static bool is_high_surrogate(uint32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(uint32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

// A code point in one escape or two. False when it is none, or NUL.
static bool read_code_point(const char *text, size_t len, uint32_t *code_point_out, size_t *taken)
{
    uint32_t unit;
    uint32_t low;
    if (!read_unit(text, len, &unit) || unit == 0 || is_low_surrogate(unit)) {
        return false;
    }
    *taken = UNICODE_BYTES;
    *code_point_out = unit;
    if (!is_high_surrogate(unit)) {
        return true;
    }
    if (!read_unit(text + UNICODE_BYTES, len - UNICODE_BYTES, &low) || !is_low_surrogate(low)) {
        return false;
    }
    *taken += UNICODE_BYTES;
    *code_point_out = 0x10000 + ((unit - 0xd800) << 10 | (low - 0xdc00));
    return true;
}

bool escape_check(const struct escaped_text *text, const uint32_t **escapes)
{
    while (**escapes < text->end) {
        const char *at = text->document + **escapes;
        size_t left = text->end - **escapes;
        uint32_t code_point;
        size_t taken = ESCAPE_BYTES;
        bool is_right = at[1] == 'u' ? read_code_point(at, left, &code_point, &taken)
                                     : meaning_of(at[1]) != '\0';
        if (!is_right) {
            return false;
        }
        *escapes += taken > UNICODE_BYTES ? 2 : 1;
    }
    return true;
}

size_t escape_decode(const char *text, size_t len, char *out)
{
    size_t written = 0;
    for (size_t at = 0; at < len;) {
        const char *backslash = memchr(text + at, '\\', len - at);
        size_t plain = backslash == NULL ? len - at : (size_t)(backslash - (text + at));
        memcpy(out + written, text + at, plain);
        written += plain;
        at += plain;
        if (at == len) {
            break;
        }
        uint32_t code_point;
        size_t taken = ESCAPE_BYTES;
        if (text[at + 1] == 'u' && read_code_point(text + at, len - at, &code_point, &taken)) {
            written += text_write_utf8(code_point, out + written);
        } else {
            out[written++] = meaning_of(text[at + 1]);
        }
        at += taken;
    }
    return written;
}
